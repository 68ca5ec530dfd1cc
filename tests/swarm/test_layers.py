# SPDX-License-Identifier: Apache-2.0
"""What crossed the network becomes the streams of both sides."""

from __future__ import annotations

from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.layers import Layers


def test_plain_tcp_is_its_own_stream() -> None:
    layers = Layers("tcp")
    assert layers.feed(Speaker.PEER, b"one") == [(Speaker.PEER, b"one")]
    assert layers.feed(Speaker.US, b"two") == [(Speaker.US, b"two")]
    assert layers.name == "tcp"
