# SPDX-License-Identifier: Apache-2.0
"""Names of trackers looked up, and remembered for a while: thousands of swarms share a tracker."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from swarmwitness.terms import Endpoint
from swarmwitness.terms.endpoint import address_from_text

KEPT_S = 300.0
MAX_NAMES = 1024


class Names:
    """The resolver of the system, with a memory."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[float, tuple[Endpoint, ...]]] = {}

    def known(self, host: str, port: int) -> Sequence[Endpoint] | None:
        """What needs no asking: a name that was looked up lately, or an address."""
        until, endpoints = self._known.get((host, port), (0.0, ()))
        if asyncio.get_running_loop().time() < until:
            return endpoints
        try:
            return self._keep(host, port, (Endpoint(address_from_text(host), port),))
        except ValueError:
            return None

    async def look_up(self, host: str, port: int) -> Sequence[Endpoint]:
        """Endpoints of a host, each once, in the system's order; of an address itself.

        Raises:
            OSError, UnicodeError: there is no such name, or it cannot be one.
        """
        known = self.known(host, port)
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        # Without an address of the family on this machine, such addresses of a tracker are of no use.
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
        return self._keep(host, port, tuple(Endpoint.of(text, port) for text in texts))

    def _keep(self, host: str, port: int, endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
        if len(self._known) >= MAX_NAMES:
            self._known.clear()
        self._known[host, port] = (asyncio.get_running_loop().time() + KEPT_S, endpoints)
        return endpoints
