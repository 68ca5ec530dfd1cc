# SPDX-License-Identifier: Apache-2.0
"""From what crossed the network to the peer-wire bytes of both sides: the layers under a transcript, read.

Theory of operation: a sealed connection holds raw bytes: TCP portions or uTP datagrams, encrypted or
not. Each layer is a passive reader of both directions. A replay asks nothing but the log, so what
a layer needs beside the bytes (our private key of an encrypted exchange) is a note of ours in it.
"""

from __future__ import annotations

from swarmwitness.swarm.facts import Speaker

Portion = tuple[Speaker, bytes]
"""Who speaks, and the next bytes of their stream."""


class Layers:
    """The layers of one connection.

    Args:
        transport: `tcp` or `utp`.
    """

    def __init__(self, transport: str = "tcp") -> None:
        self.transport = transport

    @property
    def name(self) -> str:
        """As rows name it: tcp, utp, tcp+mse, utp+mse."""
        return self.transport

    def feed(self, speaker: Speaker, raw: bytes) -> list[Portion]:
        """What these bytes add to either stream."""
        return [(speaker, raw)]
