# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.announce.place import BadUrl, Place, name_of


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "name"),
    [
        ("http://T.example/announce?k=1", "t.example", 80, "/announce?k=1", "http://t.example:80"),
        ("HTTPS://t.example", "t.example", 443, "", "https://t.example:443"),
        ("udp://t.example:6969/announce#x", "t.example", 6969, "/announce", "udp://t.example:6969"),
        ("http://[2001:db8::1]:81/x", "2001:db8::1", 81, "/x", "http://[2001:db8::1]:81"),
        ("http://user:word@t.example/secret", "t.example", 80, "/secret", "http://t.example:80"),
        ("http://t.example:0/x", "t.example", 0, "/x", "http://t.example:0"),
    ],
)
def test_a_url_taken_apart(url, host, port, target, name) -> None:
    place = Place.of(url)
    assert (place.host, place.port, place.target, place.name) == (host, port, target, name)
    assert name_of(url) == name


@pytest.mark.parametrize(
    "url",
    [
        "", "http://", "http:///x", "//t.example:1/x", "udp://t.example/announce", "udp://t.example:0",
        "http://t.example:99999/", "http://[::1/", "http://t.example/ x", "http://t.example/\r\nX: y",
        "http://é.example/", "http://t.example:x/",
    ],
)  # fmt: skip
def test_where_no_tracker_can_be(url) -> None:
    with pytest.raises(BadUrl):
        Place.of(url)
    assert name_of(url) is None


@given(st.text(max_size=40))
def test_no_text_raises_anything_else(text) -> None:
    for url in (text, f"http://{text}", f"udp://{text}:1"):
        assert name_of(url) is None or "://" in name_of(url)
