# SPDX-License-Identifier: Apache-2.0
"""What a text of [observe] may not be is refused with file and key, before anybody is asked."""

from __future__ import annotations

import pytest

from swarmwitness.case.observekeys import MAX_CONTACT, check_observe
from swarmwitness.terms import InputError

FIT = {
    "contact": "Jane Doe <jane@rights.example>",
    "address": "192.0.2.1",
    "address6": "2001:db8::1",
    "external": "2001:db8::2",
    "trackers": ["http://t.example/announce", "HTTPS://t.example:1/a", "udp://[2001:db8::3]:1337"],
    "dht_bootstrap": ["router.example:6881", "[2001:db8::4]:6881", "192.0.2.9:1"],
    "scrape_every_s": 0,
}


def test_what_fits_is_taken() -> None:
    assert check_observe(FIT, "case.toml", synthetic=False) is None
    assert check_observe({}, "case.toml", synthetic=False) is None
    assert check_observe({"scrape_every_s": 60}, "case.toml", synthetic=False) is None
    assert check_observe({"scrape_every_s": 1}, "case.toml", synthetic=True) is None


def test_a_rehearsal_may_scrape_often_but_not_without_pause() -> None:
    with pytest.raises(InputError, match="at least 1 s"):
        check_observe({"scrape_every_s": 0.5}, "case.toml", synthetic=True)


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("contact", "two\nlines", "printable ASCII"),
        ("contact", "jürgen@rights.example", "printable ASCII"),
        ("contact", "x" * (MAX_CONTACT + 1), "at most 200"),
        ("address", "10.0.0.300", "10.0.0.300"),
        ("address", "2001:db8::1", "IPv4"),
        ("address6", "192.0.2.1", "IPv6"),
        ("external", "nonsense", "nonsense"),
        ("trackers", ["wss://t.example/announce"], "http, https, udp"),
        ("trackers", ["http:///announce"], "http, https, udp"),
        ("trackers", ["http://[::1/announce"], "IPv6"),
        ("scrape_every_s", 0.5, "0 for never"),
        ("scrape_every_s", 59.9, "at least 60 s"),
        ("dht_bootstrap", ["router.example"], "HOST:PORT"),
        ("dht_bootstrap", ["router.example:70000"], "HOST:PORT"),
        ("dht_bootstrap", ["2001:db8::4:6881"], "HOST:PORT"),
    ],
)
def test_what_does_not_fit_is_named(key: str, value: object, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        check_observe(FIT | {key: value}, "kase/case.toml", synthetic=False)  # type: ignore[dict-item]
    assert (refused.value.file, refused.value.field) == ("kase/case.toml", f"observe.{key}")
