# SPDX-License-Identifier: Apache-2.0
"""What `[observe]` of case.toml may hold beyond types: refused before a watch begins, not in its midst."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from swarmwitness.case.schema import Toml
from swarmwitness.terms import InputError
from swarmwitness.terms.endpoint import address_from_text

MAX_CONTACT = 200
LEAST_SCRAPE_S = 60
"""Outside cases of laboratory data."""
_SCHEMES = ("http", "https", "udp")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]+):(\d{1,5})", re.ASCII)


def check_observe(table: Mapping[str, Toml], file: str, *, synthetic: bool) -> None:
    """Refuse what no peer, tracker or node could be told or asked with; types were checked before.

    Raises:
        InputError: names the file and the key.
    """
    checks = _CHECKS | {"scrape_every_s": _pause(1 if synthetic else LEAST_SCRAPE_S)}
    for name, check in checks.items():
        value = table.get(name, [])
        for text in value if isinstance(value, list) else [value]:
            try:
                check(str(text))
            except ValueError as error:
                raise InputError(str(error), file=file, field=f"observe.{name}") from None


def _contact(text: str) -> None:
    """It stands in a line of HTTP, where no line end and no letter outside ASCII may be."""
    if len(text) > MAX_CONTACT or not all(" " <= letter <= "~" for letter in text):
        raise ValueError(
            f"is a page or mail address of at most {MAX_CONTACT} printable ASCII characters, "
            f"not {text[:MAX_CONTACT]!r}"
        )


def _address(version: int) -> Callable[[str], None]:
    def check(text: str) -> None:
        if address_from_text(text).version != version:
            raise ValueError(f"is an IPv{version} address, not {text}")

    return check


def _any_address(text: str) -> None:
    address_from_text(text)


def _tracker(text: str) -> None:
    url = urlsplit(text)
    if url.scheme.lower() not in _SCHEMES or not url.hostname:
        raise ValueError(f"is a tracker's URL with {', '.join(_SCHEMES)}, not {text!r}")


def _node(text: str) -> None:
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None or not 0 < int(found[2]) < 65_536:
        raise ValueError(f"is HOST:PORT each, not {text!r}")


def _pause(least: int) -> Callable[[str], None]:
    def check(text: str) -> None:
        if 0 < float(text) < least:
            raise ValueError(f"is 0 for never, or at least {least} s, not {text}")

    return check


_CHECKS: dict[str, Callable[[str], None]] = {
    "contact": _contact,
    "address": _address(4),
    "address6": _address(6),
    "external": _any_address,
    "trackers": _tracker,
    "dht_bootstrap": _node,
}
