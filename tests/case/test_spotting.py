# SPDX-License-Identifier: Apache-2.0
"""Addresses are found wherever a person would read one, and nothing else is."""

import time

import pytest

from swarmwitness.case.spotting import spotted, without

FOUR, SIX = "198.51.100.7", "2001:db8::7"


@pytest.mark.parametrize(
    ("text", "ip"),
    [
        (f"seen {FOUR}:6881", FOUR),
        (f"ip:{SIX}", SIX),
        (f"peer={SIX}", SIX),
        (f"x{SIX}", SIX),
        (f"[{SIX}]:6881", SIX),
        (f"{SIX}%eth0", SIX),
        ("2001:0DB8:0:0:0:0:0:0007", SIX),
        ("2001:db8:1:2:3:4:5::", "2001:db8:1:2:3:4:5:0"),
        ("::ffff:198.51.100.7", "::ffff:c633:6407"),
        ("198.051.100.007", FOUR),
        ("0198.51.100.7", FOUR),
        ("１９８.51.100.7", FOUR),
        ("198．51．100。7", FOUR),
        ("198\u200b.51.1\u00ad00.7", FOUR),
        ("198.51\x00.100.7", FOUR),
        ("?ip=198%2E51%2E100%2E7&", FOUR),
        ("&ipv6=2001%3Adb8%3A%3A7", SIX),
        ("198[.]51[.]100[.]7", FOUR),
        ("198(.)51(.)100(.)7", FOUR),
        ("198[dot]51[dot]100[dot]7", FOUR),
        ("198-51-100-7.pool.example", FOUR),
        ("ip-198-51-100-7", FOUR),
        ("7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", SIX),
    ],
)
def test_found(text: str, ip: str) -> None:
    (found,) = spotted(text)
    assert found.ip == ip
    assert text[: found.start] + text[found.end :] == text.replace(text[found.start : found.end], "", 1)


@pytest.mark.parametrize("before", ["300.", "1.", "v2.", "12:30:45:", "a:", "dead:", "..."])
def test_what_stands_before_it_hides_nothing(before: str) -> None:
    for ip in (FOUR, SIX):
        assert ip not in without(before + ip)


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-01T12:00:00.5Z",
        "01:02:03:04:05:06",
        "1.2.3",
        "10:20:30",
        "std::",
        "10.0.19041.3",
        "0-4,9-12",
        "2025-01-02-03",
        "call 030-12-34-56",
        "a" * 64,
        "swarmwitness.local/studio-1-2/0a1b2c3d",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert without(text) == text


@pytest.mark.parametrize("part", ["1:", "1.", "a::", "0.", "::", "%3a", "1:2:3:4:5:6:7:", "1-", "\u200b1."])
def test_a_long_hostile_text_takes_a_moment(part: str) -> None:
    began = time.perf_counter()
    without(part * (100_000 // len(part)))
    assert time.perf_counter() - began < 20
