# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from swarmwitness.wire.bencode import Encodable, decode, encode
from swarmwitness.wire.sources import Tiers, trackers_of, web_seeds_of

A, B, C = b"http://a.example/announce", b"udp://b.example:80", b"wss://c.example"


@pytest.mark.parametrize(
    ("torrent", "tiers"),
    [
        ({}, ()),
        ({b"announce": A}, ((A.decode(),),)),
        ({b"announce": b"\t " + A}, ((A.decode(),),)),
        ({b"announce": b""}, ()),
        ({b"announce": 5}, ()),
        ({b"announce": A, b"announce-list": []}, ((A.decode(),),)),
        ({b"announce": A, b"announce-list": [[]]}, ((A.decode(),),)),
        ({b"announce": A, b"announce-list": [[B, C], [A]]}, ((B.decode(), C.decode()), (A.decode(),))),
        ({b"announce-list": [B, [5, [], C], [b""]]}, ((C.decode(),),)),
        ({b"announce": b"ftp://a/x"}, ()),
        ({b"announce": b"http:///x"}, ()),
        ({b"announce": b"http://a/ x"}, ()),
        ({b"announce": b"http://a/\r\nHost: evil"}, ()),
        ({b"announce": b"HTTPS://A/x"}, (("HTTPS://A/x",),)),
    ],
)
def test_trackers(torrent: Encodable, tiers: Tiers) -> None:
    assert trackers_of(decode(encode(torrent))) == tiers


@pytest.mark.parametrize(
    ("url_list", "n_files", "seeds"),
    [
        (b"http://a/x", 1, ("http://a/x",)),
        (b"http://a/x", 2, ("http://a/x/",)),
        (b"http://a/x/", 2, ("http://a/x/",)),
        (b"", 1, ()),
        (5, 1, ()),
        ([], 1, ()),
        ([b"http://a/x", b"", 5, [b"y"], b"http://a/y", b"http://a/x"], 1, ("http://a/x", "http://a/y")),
        ([b"http://a/b c"], 1, ("http://a/b%20c",)),
        ([b"http://a/b%20c?d=\xff"], 1, ("http://a/b%20c?d=%FF",)),
    ],
)
def test_web_seeds(url_list: Encodable, n_files: int, seeds: tuple[str, ...]) -> None:
    assert web_seeds_of(decode(encode({b"url-list": url_list})), n_files) == seeds
    assert web_seeds_of(decode(b"de"), n_files) == ()
