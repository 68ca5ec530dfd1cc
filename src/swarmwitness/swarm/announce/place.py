# SPDX-License-Identifier: Apache-2.0
"""A tracker's URL, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

HTTP_PORTS = {"http": 80, "https": 443}
_UNFIT = re.compile(r"[^\x21-\x7e]")


class BadUrl(ValueError):
    """Not where a tracker can be."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tracker is.

    Attributes:
        scheme: In lower case.
        host: A name or an address, in lower case, without brackets.
        port: The scheme's own where the URL names none.
        target: Path and query, as they stand.
    """

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str) -> Place:
        """Read a URL.

        Raises:
            BadUrl: no scheme, no host, no port where the scheme has none (BEP 15), letters outside ASCII.
        """
        if _UNFIT.search(url):
            raise BadUrl("blanks, controls or letters outside ASCII in a URL")
        try:
            parts = urlsplit(url)
            port = HTTP_PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
        except ValueError as error:
            raise BadUrl(str(error)) from None
        if not parts.scheme or not parts.hostname or (not port and parts.scheme not in HTTP_PORTS):
            raise BadUrl(f"no host or no port: {url!r}")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, parts.hostname, port, target)

    @property
    def name(self) -> str:
        """`scheme://host:port`: who said something. Never the path, which may hold a passkey."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def name_of(url: str) -> str | None:
    """The `Place.name` of a URL, or None for one that is none."""
    try:
        return Place.of(url).name
    except BadUrl:
        return None
