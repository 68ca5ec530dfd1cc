# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Endpoint, InfoHash, MalformedMessage
from swarmwitness.wire.magnet import Magnet

V1 = InfoHash(bytes(range(20)))
V2 = InfoHash(bytes(range(32)))
H1, H2 = V1.to_text(), V2.to_text()

BOTH_WAYS = [
    (Magnet(v1=V1), f"magnet:?xt=urn:btih:{H1}"),
    (Magnet(v2=V2), f"magnet:?xt=urn:btmh:1220{H2}"),
    (
        Magnet(
            V1,
            V2,
            "A & B=é",
            ("http://a/x?k=1", "udp://b:80"),
            ("http://w/",),
            (Endpoint.of("192.0.2.7", 6881), Endpoint.of("2001:db8::1", 1)),
            (range(1), range(2, 5)),
            (("x.foo", "bar"), ("kt", "a b")),
        ),
        f"magnet:?xt=urn:btih:{H1}&xt=urn:btmh:1220{H2}&dn=A%20%26%20B%3D%C3%A9"
        "&tr=http%3A%2F%2Fa%2Fx%3Fk%3D1&tr=udp%3A%2F%2Fb%3A80&ws=http%3A%2F%2Fw%2F"
        "&x.pe=192.0.2.7%3A6881&x.pe=%5B2001%3Adb8%3A%3A1%5D%3A1&so=0%2C2-4&x.foo=bar&kt=a%20b",
    ),
]


@pytest.mark.parametrize(("magnet", "text"), BOTH_WAYS)
def test_both_ways(magnet: Magnet, text: str) -> None:
    assert magnet.to_text() == text
    assert Magnet.from_text(text) == magnet


@pytest.mark.parametrize(
    ("text", "magnet"),
    [
        (f"MAGNET:?xt=urn:btih:{H1.upper()}", Magnet(V1)),
        (f"magnet:?xt=URN:BTIH:{base64.b32encode(V1.digest).decode()}", Magnet(V1)),
        (f"magnet:?xt=urn:btih:{base64.b32encode(V1.digest).decode().lower()}", Magnet(V1)),
        (
            f"magnet:?xt.1=urn:btih:{H1}&tr.1=http://a&tr.2=http://b",
            Magnet(V1, trackers=("http://a", "http://b")),
        ),
        (f"magnet:?xt=urn:btih:{H1}&xt=urn:btih:{H1}&&dn=a+b", Magnet(V1, name="a b")),
        (f"magnet:?xt=urn:btih:{H1}&xt=urn:sha1:abc", Magnet(V1, unknown=(("xt", "urn:sha1:abc"),))),
        (f"magnet:?xt=urn:btih:{H1}&x.pe=host.example:1", Magnet(V1, unknown=(("x.pe", "host.example:1"),))),
        (f"magnet:?xt=urn:btih:{H1}&so=4-2", Magnet(V1, unknown=(("so", "4-2"),))),
        (
            f"magnet:?xt=urn:btih:{H1}&dn=a&dn=b&flag",
            Magnet(V1, name="a", unknown=(("dn", "b"), ("flag", ""))),
        ),
        (f"magnet:?xt=urn:btih:{H1}&dn=%ff", Magnet(V1, name="\\xff")),
    ],
)
def test_other_spellings(text: str, magnet: Magnet) -> None:
    assert Magnet.from_text(text) == magnet


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://a/",
        "magnet:",
        "magnet:?",
        "magnet:?dn=x",
        "magnet:?xt=urn:btih:",
        f"magnet:?xt=urn:btih:{H1[:-1]}",
        f"magnet:?xt=urn:btih:{H1[:-1]}g",
        f"magnet:?xt=urn:btih:{H2}",
        "magnet:?xt=urn:btih:" + "1" * 32,
        f"magnet:?xt=urn:btmh:{H2}",
        f"magnet:?xt=urn:btmh:1114{H1}",
        f"magnet:?xt=urn:btmh:1220{H2[:-1]}g",
        f"magnet:?xt=urn:btih:{H1}&xt=urn:btih:{'0' * 40}",
        f"magnet:?xt=urn:btih:{H1}&dn=" + "a" * 70_000,
        f"magnet:?xt=urn:btih:{H1}" + "&a=b" * 1001,
        f"magnet:?xt=urn:btih:{H1}&dn=\ud800",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        Magnet.from_text(text)


def test_no_hash_no_link() -> None:
    with pytest.raises(ValueError, match="info_hash"):
        Magnet(name="x").to_text()
    assert Magnet(V1, V2).info_hashes == (V1, V2)


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    st.builds(
        Magnet,
        v1=st.builds(InfoHash, st.binary(min_size=20, max_size=20)),
        v2=st.none() | st.builds(InfoHash, st.binary(min_size=32, max_size=32)),
        name=st.none() | text,
        trackers=st.lists(text, max_size=3).map(tuple),
        web_seeds=st.lists(text, max_size=3).map(tuple),
        peers=st.lists(st.builds(Endpoint, st.ip_addresses(v=4), st.integers(0, 65535)), max_size=3).map(
            tuple
        ),
        files=st.lists(st.integers(0, 99).map(lambda n: range(n, 2 * n + 1)), max_size=3).map(tuple),
    )
)
def test_round_trip(magnet: Magnet) -> None:
    assert Magnet.from_text(magnet.to_text()) == magnet


@given(st.text(st.characters(), max_size=60))
def test_random_text_raises_only_malformed(tail: str) -> None:
    text = f"magnet:?xt=urn:btih:{H1}&{tail}"
    try:
        magnet = Magnet.from_text(text)
    except MalformedMessage:
        return
    assert magnet.v1 == V1


@pytest.mark.shared
def test_a_link_of_the_wild(shared: Path) -> None:
    file = "torrents/transmission/tests/libtransmission/assets/archlinux-2025.05.01-x86_64.iso.magnet"
    magnet = Magnet.from_text((shared / file).read_text().strip())
    assert magnet.name == "archlinux-2025.05.01-x86_64.iso"
    assert magnet.v1 is not None
