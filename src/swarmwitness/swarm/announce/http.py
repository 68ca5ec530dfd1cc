# SPDX-License-Identifier: Apache-2.0
"""The conversation with an HTTP tracker (BEP 3): what we ask, and where a redirect may lead."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urljoin, urlsplit, urlunsplit

from swarmwitness.swarm.announce.place import HTTP_PORTS, Place
from swarmwitness.swarm.announce.tracker import Tracker
from swarmwitness.terms import IPAddress
from swarmwitness.wire.scrape import scrape_request, scrape_url
from swarmwitness.wire.tracker_http import AnnounceRequest

MAX_HOPS = 5
MAX_LOCATION_BYTES = 2048
_OURS = "info_hash peer_id ip ipv4 ipv6 port uploaded downloaded left event numwant no_peer_id compact key"
TOLD = frozenset([*_OURS.split(), "trackerid", "corrupt", "redundant"])
"""Parameters by which an announce speaks of the announcer."""


class HttpTracker(Tracker):
    """A tracker behind http or https."""

    def request(
        self, event: str | None = None, url: str | None = None, *, ipv6: IPAddress | None = None
    ) -> bytes:
        """The bytes to send; `started` until the tracker has answered once.

        Args:
            url: Where a redirect sent us; default the tracker's own.
            ipv6: Our IPv6 address, told while we listen (BEP 7).

        Raises:
            ValueError: the URL is no HTTP tracker's.
        """
        ask = AnnounceRequest(
            info_hash=self.torrent.info_hash,
            peer_id=self._peer_id,
            port=self._port,
            left=self._left(),
            event=self._event(event),
            numwant=0 if event == "stopped" else self._numwant,
            key=f"{self._key:08x}" if self._key else None,
            tracker_id=self._tracker_id,
            ipv6=ipv6 if self._port else None,
        )
        self.conduct.allow_announce(ask)
        return ask.to_wire(url or self.url, self._agent)

    @property
    def _agent(self) -> str:
        """Our truthful name; a header line holds ASCII alone."""
        return self.conduct.client.encode("ascii", "backslashreplace").decode("ascii")

    @property
    def scrape_url(self) -> str | None:
        """Where to scrape; None where the tracker tells no such place (BEP 48)."""
        return scrape_url(self.url)

    def scrape_request(self, url: str) -> bytes:
        """The bytes to send.

        Raises:
            ValueError: the URL is no HTTP tracker's.
        """
        return scrape_request(url, self.torrent.info_hash.on_wire, self._agent)


def next_hop(asked: Collection[str], url: str, location: bytes) -> tuple[str, str]:
    """Where a redirect leads, and the empty string or why we do not go there.

    A redirect may say where to ask, not what we say of ourselves: of the URL's parameters those of an
    announce are left out, and the request puts our own in their place. So nobody can make us tell lies.

    Args:
        asked: URLs of this announce so far, as this function spells them.
        url: Who redirects us.
        location: The header field, relative or not.

    Returns:
        (URL, "" or redirect_limit, redirect_loop, redirect_scheme, bad_redirect).
    """
    try:
        target = (
            without_told(urljoin(url, location.decode("ascii"))) if len(location) < MAX_LOCATION_BYTES else ""
        )
        place = Place.of(target)
    except ValueError:
        return url, "bad_redirect"
    if place.scheme not in HTTP_PORTS:
        return target, "redirect_scheme"
    if target in asked:
        return target, "redirect_loop"
    return target, "redirect_limit" if len(asked) > MAX_HOPS else ""


def without_told(url: str) -> str:
    """The URL without its fragment and without what an announce says of the announcer.

    Raises:
        ValueError: no URL.
    """
    parts = urlsplit(url)
    kept = (each for each in parts.query.split("&") if each.partition("=")[0] not in TOLD)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(kept), ""))
