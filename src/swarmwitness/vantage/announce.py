# SPDX-License-Identifier: Apache-2.0
"""One HTTP announce over a bare connection, so that the bytes that crossed the socket are recorded.

Redirects are not followed and TLS is not spoken; either is a clear outcome.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from swarmwitness.evidence import Direction
from swarmwitness.swarm.announce import MAX_RAW_BYTES, AnnounceDialogue, is_whole
from swarmwitness.terms import Endpoint, InfoHash, IPAddress
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.vantage.recorder import NO_LINE, Recorder

UNSUPPORTED = frozenset({"https", "udp", "ws", "wss"})
MAX_READS = 4096
"""An answer in more portions than this is meant to wear us out."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: `raw` is everything up to the end, `outcome` how it ended.

    `answered` says only that the response ended by itself (whole, or with the connection); what it
    says is read elsewhere. Others: refused, timeout, reset, no_such_name, too_long,
    drip, unsupported_scheme, bad_url, we_closed, …
    """

    outcome: str
    raw: bytes = b""


class TrackerLink(asyncio.Protocol):
    """The connection of one announce."""

    def __init__(self, recorder: Recorder, request: bytes, url: str, info_hash: InfoHash) -> None:
        self._recorder = recorder
        self._request = request
        self._about: dict[str, str | int | float | bool | None] = {"info_hash": str(info_hash), "url": url}
        self._line = NO_LINE
        self._raw = bytearray()
        self._reads = 0
        self._transport: asyncio.Transport | None = None
        self._outcome: str | None = None
        self.over: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Record, then ask; a transport that comes after its time was up is let go unheard."""
        if self._outcome is not None:
            cast(asyncio.Transport, transport).abort()
            return
        self._transport = cast(asyncio.Transport, transport)
        self._line = self._recorder.new_line(
            _endpoint(transport.get_extra_info("sockname")), _endpoint(transport.get_extra_info("peername"))
        )
        self._note("open", "connected")
        self._recorder.record("http", Direction.OUT, self._request, self._line)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Record, then keep up to the limit."""
        self._recorder.record("http", Direction.IN, data, self._line)
        self._raw += data
        self._reads += 1
        if len(self._raw) > MAX_RAW_BYTES:
            self.close("too_long")
        elif self._reads > MAX_READS:
            self.close("drip")
        elif is_whole(self._raw):
            self.close("answered")

    def eof_received(self) -> bool:
        """The usual end of a response."""
        self._outcome = self._outcome or ("answered" if self._raw else "eof")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, whoever made it."""
        if self._transport is None:
            return  # `failed` has told already.
        outcome = self._outcome or ("eof" if exc is None else outcome_of(exc))
        self._transport = None
        self._note("close", outcome)
        if not self.over.done():
            self.over.set_result(Heard(outcome, bytes(self._raw)))

    def close(self, outcome: str) -> None:
        """Hang up."""
        self._outcome = self._outcome or outcome
        if self._transport is not None:
            self._transport.close()

    def failed(self, outcome: str) -> Heard:
        """It never stood."""
        self._outcome = outcome
        self._line = self._recorder.new_line(None, None)
        self._note("fail", outcome)
        return Heard(outcome)

    @property
    def connected(self) -> bool:
        """Whether the connection ever stood."""
        return self._line is not NO_LINE

    def _note(self, event: str, outcome: str) -> None:
        self._recorder.note("net", {"event": event, "outcome": outcome, **self._about}, self._line)


def _endpoint(name: tuple[str, int] | None) -> Endpoint | None:
    """A link-local end is named with the interface; the interface is no part of the address."""
    return None if name is None else Endpoint.of(name[0].partition("%")[0], name[1])


async def announce(
    dialogue: AnnounceDialogue,
    recorder: Recorder,
    *,
    event: str | None = None,
    timeout_s: float = 20.0,
    local: IPAddress | None = None,
) -> Heard:
    """Ask once; failures are outcomes, recorded and returned, never raised."""
    info_hash = dialogue.torrent.info_hash
    try:
        parts = urlsplit(dialogue.url)
        if parts.scheme in UNSUPPORTED:
            return TrackerLink(recorder, b"", dialogue.url, info_hash).failed("unsupported_scheme")
        host, port = parts.hostname or "", 80 if parts.port is None else parts.port
        request = dialogue.request(event)
    except ValueError:
        return TrackerLink(recorder, b"", dialogue.url, info_hash).failed("bad_url")
    link = TrackerLink(recorder, request, dialogue.url, info_hash)
    return await _converse(link, host, port, timeout_s, local)


async def _converse(
    link: TrackerLink, host: str, port: int, timeout_s: float, local: IPAddress | None
) -> Heard:
    source = None if local is None else (str(local), 0)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().create_connection(lambda: link, host, port, local_addr=source)
            return await asyncio.shield(link.over)
    except (OSError, UnicodeError) as error:
        # A host name that no resolver could hold is a UnicodeError.
        if not link.connected:
            return link.failed(outcome_of(error))
        link.close(outcome_of(error))
        return await link.over
    except asyncio.CancelledError:
        link.close("we_closed")
        raise
