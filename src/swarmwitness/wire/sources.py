# SPDX-License-Identifier: Apache-2.0
"""Where a torrent says its peers and bytes can be had: trackers (BEP 3, 12), web seeds (BEP 19)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from swarmwitness.wire.bencode import Bencoded

Tiers = tuple[tuple[str, ...], ...]

_AUTHORITY = (
    r"(?:[^/?#\\@\x00-\x20\x7f]*@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|[^/?#\\:@\[\]\x00-\x20\x7f]+)"
    r"(?::\d{1,5})?"
)
_TRACKER = re.compile(
    rf"(?:https?|udp|wss?)://{_AUTHORITY}(?:[/?#][^\x00-\x20\x7f]*)?", re.IGNORECASE | re.ASCII
)
_BLANKS = " \t\n\r\f\v"
# Everything printable but what may not stand in a URL.
_KEPT_IN_URL = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>')


def trackers_of(torrent: Bencoded) -> Tiers:
    """Tiers of tracker URLs in their order; `announce` counts only where `announce-list` names none.

    Blanks before a URL are dropped; what is no http, udp or websocket URL, is no UTF-8, or holds blanks
    or control characters (a way to smuggle header lines), is left out.
    """
    tiers = tuple(_urls(tier) for tier in torrent.find_list(b"announce-list") or ())
    named = tuple(tier for tier in tiers if tier)
    if named:
        return named
    announce = torrent.find(b"announce")
    single = _url(announce) if announce is not None else None
    return ((single,),) if single else ()


def _urls(tier: Bencoded) -> tuple[str, ...]:
    items = tier.value if isinstance(tier.value, list) else []
    return tuple(url for item in items if (url := _url(item)))


def _url(item: Bencoded) -> str | None:
    if not isinstance(item.value, bytes):
        return None
    try:
        text = item.value.decode().lstrip(_BLANKS)
    except UnicodeDecodeError:
        return None
    return text if _TRACKER.fullmatch(text) else None


def web_seeds_of(torrent: Bencoded, n_files: int) -> tuple[str, ...]:
    """URLs of `url-list` (a string or a list), each once, blanks escaped, a folder's with its slash."""
    found = torrent.find(b"url-list")
    items: Sequence[Bencoded] = ()
    if found is not None:
        items = found.value if isinstance(found.value, list) else (found,)
    raw = dict.fromkeys(item.value for item in items if isinstance(item.value, bytes) and item.value)
    return tuple(_seed_url(url, n_files > 1) for url in raw)


def _seed_url(raw: bytes, folder: bool) -> str:
    url = quote(raw, safe=_KEPT_IN_URL)
    return url + "/" if folder and not url.endswith("/") else url
