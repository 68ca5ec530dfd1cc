# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm.announce import HttpTracker, UdpTracker, tracker_for
from swarmwitness.swarm.announce.tracker import UnspokenTracker


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://t.example/", HttpTracker),
        ("HTTPS://t.example/", HttpTracker),
        ("udp://t.example:1", UdpTracker),
        ("udp://t.example", UdpTracker),
        ("http://[", HttpTracker),
        ("ws://t.example/", UnspokenTracker),
        ("wss://t.example/", UnspokenTracker),
    ],
)
def test_the_scheme_tells(sample, conduct, url, kind) -> None:
    tracker = tracker_for(sample.torrent, url, peer_id=conduct.peer_id(bytes(12)), conduct=conduct)
    assert type(tracker) is kind
    assert (tracker.url, tracker.torrent) == (url, sample.torrent)


@pytest.mark.parametrize("url", ["ftp://t.example/", "//t.example/", "t.example", ""])
def test_a_scheme_that_no_tracker_has(sample, conduct, url) -> None:
    with pytest.raises(ValueError, match="no tracker"):
        tracker_for(sample.torrent, url, peer_id=conduct.peer_id(bytes(12)), conduct=conduct)
