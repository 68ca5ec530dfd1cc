# SPDX-License-Identifier: Apache-2.0
"""HTTP exchanges with a tracker over bare connections, so that the bytes that crossed them are recorded.

Each hop of a redirect is a connection of its own; its notes name the URL that sent us there (`via`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from swarmwitness.evidence import Direction
from swarmwitness.swarm.announce.answer import MAX_RAW_BYTES, Answer, Wholeness
from swarmwitness.swarm.announce.http import next_hop, without_told
from swarmwitness.swarm.announce.place import Place
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Endpoint, InfoHash, IPAddress
from swarmwitness.vantage.announce.about import About
from swarmwitness.vantage.announce.names import Names
from swarmwitness.vantage.announce.tls import Security, Trust
from swarmwitness.vantage.announce.way import Way
from swarmwitness.vantage.outcome import UNVERIFIED, outcome_of
from swarmwitness.vantage.recorder import NO_LINE, Recorder

MAX_READS = 4096
"""An answer in more portions than this is meant to wear us out."""
MAX_ADDRESSES = 3
"""Addresses of one name that are tried in turn."""


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """What is asked, wherever redirects lead.

    Attributes:
        method: announce or scrape.
        request: From the URL to the bytes to send.
        read: From the bytes that came to the answer.
        strict: Whether a certificate must verify: the URL may hold a secret (BEP 27).
    """

    info_hash: InfoHash
    method: str
    request: Callable[[str], bytes]
    read: Callable[[bytes], Answer]
    strict: bool = False

    def about(self, url: str, via: str = "") -> About:
        """What every note of one hop says."""
        return About(self.info_hash.to_text(), url, self.method, via)


CLOSES_S = 2.0
"""So long after we hung up a connection is over, whether the event loop says so or not."""


class HttpLink(asyncio.Protocol):
    """The connection of one hop."""

    def __init__(
        self,
        recorder: Recorder,
        question: HttpQuestion,
        url: str,
        via: str = "",
        security: Security | None = None,
    ) -> None:
        self._recorder = recorder
        self._question = question
        self._request = question.request(url)
        self._about = question.about(url, via)
        self._security = security
        self._line = NO_LINE
        self._raw = bytearray()
        self._wholeness = Wholeness()
        self._reads = 0
        self._transport: asyncio.Transport | None = None
        self._outcome: str | None = None
        self.over: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

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
        if self._security is not None:
            self._security.record(transport, self._recorder, self._line)
        self._recorder.record("http", Direction.OUT, self._request, self._line)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Record, then keep up to the limit."""
        self._recorder.record("http", Direction.IN, data, self._line)
        if len(self._raw) <= MAX_RAW_BYTES:
            self._raw += data
        self._reads += 1
        if len(self._raw) > MAX_RAW_BYTES:
            self.close("too_long")
        elif self._reads > MAX_READS:
            self.close("drip")
        elif self._wholeness.reached(self._raw):
            self.close("answered")

    def eof_received(self) -> bool:
        """The usual end of a response."""
        self._outcome = self._outcome or ("answered" if self._raw else "eof")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, whoever made it."""
        if self._transport is None:
            return  # `failed` has told already.
        self._transport = None
        answer = self._answer(self._outcome or ("eof" if exc is None else outcome_of(exc)))
        self._note("close", answer.outcome)
        if not self.over.done():
            self.over.set_result(answer)

    def _answer(self, outcome: str) -> Answer:
        """What came, even where it broke off: it is on record, and a replay lists it; so do we."""
        answer = self._question.read(bytes(self._raw)) if self._raw else Answer(outcome)
        return answer if outcome == "answered" else replace(answer, outcome=outcome)

    def close(self, outcome: str) -> None:
        """Hang up. The far end of TLS is not waited for."""
        if self._outcome is None and self._transport is not None:
            self._outcome = outcome
            if self._security is None:
                self._transport.close()
            else:
                self._transport.abort()
            # uvloop was seen to forget a transport that was closed as its far end closed, too.
            asyncio.get_running_loop().call_later(CLOSES_S, self.connection_lost, None)

    def failed(self, outcome: str, remote: Endpoint | None = None) -> Answer:
        """It never stood."""
        self._outcome = outcome
        self._line = self._recorder.new_line(None, remote)
        self._note("fail", outcome)
        return Answer(outcome)

    async def dial(self, host: str, remote: Endpoint, local: IPAddress | None) -> None:
        """Connect; for TLS the certificate must name `host`.

        Raises:
            OSError: it failed.
        """
        security = self._security
        await asyncio.get_running_loop().create_connection(
            lambda: self,
            str(remote.ip),
            remote.port,
            local_addr=None if local is None else (str(local), 0),
            ssl=None if security is None else security.context,
            server_hostname=None if security is None else host,
        )

    @property
    def stood(self) -> bool:
        """Whether the connection ever stood."""
        return self._transport is not None or self.over.done()

    def _note(self, event: str, outcome: str) -> None:
        self._about.record(self._recorder, event, outcome, self._line)


def _endpoint(name: tuple[str, int] | None) -> Endpoint | None:
    """A link-local end is named with the interface; the interface is no part of the address."""
    return None if name is None else Endpoint.of(name[0].partition("%")[0], name[1])


class HttpAsker:
    """Asks HTTP trackers, following their redirects."""

    def __init__(self, recorder: Recorder, conduct: Conduct, names: Names, trust: Trust) -> None:
        self._recorder = recorder
        self._conduct = conduct
        self._names = names
        self._trust = trust

    async def ask(self, question: HttpQuestion, url: str, endpoints: Sequence[Endpoint], way: Way) -> Answer:
        """Ask at `url`, which is at these endpoints, and wherever it sends us."""
        via, asked = "", [without_told(url)]
        while True:
            answer = await self._hop(question, url, via, endpoints, way)
            if answer.outcome != "redirected" or answer.location is None:
                return answer
            target, refusal = next_hop(asked, url, answer.location)
            if not refusal:
                endpoints, refusal = await self._lead(target, way)
            via, url = url, target
            if refusal:
                question.about(target, via).record(self._recorder, "fail", refusal)
                return Answer(refusal)
            asked.append(target)

    async def _lead(self, url: str, way: Way) -> tuple[Sequence[Endpoint], str]:
        """Where the target of a redirect is, or why we do not go there."""
        place = Place.of(url)
        try:
            async with asyncio.timeout_at(way.deadline):
                found = await self._names.look_up(place.host, place.port)
        except (OSError, UnicodeError) as error:
            return (), outcome_of(error)
        there = [each for each in found if each.ip.version == way.version]
        fit = [each for each in there if self._conduct.fit_to_dial(each) is None]
        if fit:
            return fit, ""
        return (), "redirect_private" if there else "no_local_address"

    async def _hop(
        self, question: HttpQuestion, url: str, via: str, endpoints: Sequence[Endpoint], way: Way
    ) -> Answer:
        """At one address after the other, until a connection stands."""
        answer = Answer("timeout")
        for remote in endpoints[:MAX_ADDRESSES]:
            security = Security(self._trust.strict) if Place.of(url).scheme == "https" else None
            link = HttpLink(self._recorder, question, url, via, security)
            answer = await self._converse(link, url, remote, way)
            if answer.outcome == UNVERIFIED and not question.strict:
                lax = Security(self._trust.lax, answer.reason or UNVERIFIED)
                link = HttpLink(self._recorder, question, url, via, lax)
                answer = await self._converse(link, url, remote, way)
            if link.stood or answer.outcome == "timeout":
                break
        return answer

    async def _converse(self, link: HttpLink, url: str, remote: Endpoint, way: Way) -> Answer:
        try:
            async with asyncio.timeout_at(way.deadline):
                await link.dial(Place.of(url).host, remote, way.local)
                return await asyncio.shield(link.over)
        except ssl.SSLCertVerificationError as error:
            return replace(link.failed(UNVERIFIED, remote), reason=error.verify_message)
        except OSError as error:
            if not link.stood:
                return link.failed(outcome_of(error), remote)
            link.close(outcome_of(error))
            return await link.over
        except asyncio.CancelledError:
            if link.stood:
                link.close("we_closed")
            else:
                link.failed("we_closed", remote)
            raise
