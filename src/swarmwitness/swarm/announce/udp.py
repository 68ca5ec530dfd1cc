# SPDX-License-Identifier: Apache-2.0
"""The conversation with a UDP tracker (BEP 15, 41).

Theory of operation: an exchange first needs a connection id, which the tracker sends to our true
address; then it asks; whatever is not answered in time is sent again, ever more rarely. The id is the
tracker's for our address, not for a torrent, so all exchanges with one tracker share it through a
`Door`, for the 60 seconds of its life. A `UdpReading` sees what crossed, live or replayed, and believes
only what answers a question of ours, from whom it was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from swarmwitness.swarm.announce.answer import Answer
from swarmwitness.swarm.announce.tracker import SECOND, Tracker
from swarmwitness.swarm.facts import Listed
from swarmwitness.terms import Anomaly, Instant, MalformedMessage
from swarmwitness.wire import tracker_udp
from swarmwitness.wire.oddities import Oddities

ID_LIFE_NS = 60 * SECOND
MAX_ASKED = 16
"""Questions of one exchange that are remembered; nobody asks more often within a timeout."""
MAX_ANOMALIES = 32

Ask = Callable[[int, int], bytes]
"""From a connection id and a transaction to the datagram that asks."""


class UdpTracker(Tracker):
    """A tracker behind udp."""

    def announce(self, event: str | None = None) -> Ask:
        """What to send once the connection id is known; `started` until the tracker has answered once.

        Raises:
            BadUrl: the URL is no tracker's.
        """
        options, chosen, left = self._options, self._event(event), self._left()

        def ask(connection_id: int, transaction: int) -> bytes:
            request = tracker_udp.AnnounceRequest(
                connection_id=connection_id,
                transaction=transaction,
                info_hash=self.torrent.info_hash.on_wire,
                peer_id=self._peer_id,
                port=self._port,
                left=left,
                event=chosen,
                key=self._key,
                numwant=0 if chosen == "stopped" else self._numwant,
                options=options,
            )
            self.conduct.allow_announce(request)
            return request.to_wire()

        return ask

    @cached_property
    def _options(self) -> bytes:
        return tracker_udp.url_options(self.place.target)

    def scrape(self) -> Ask:
        """What to send once the connection id is known."""

        def ask(connection_id: int, transaction: int) -> bytes:
            hashes = (self.torrent.info_hash.on_wire,)
            return tracker_udp.ScrapeRequest(connection_id, transaction, hashes).to_wire()

        return ask


@dataclass(slots=True)
class Door:
    """The connection id that one tracker gave to one address of ours."""

    connection_id: int | None = None
    until_ns: int = 0

    def id_at(self, at: Instant) -> int | None:
        """The id, while it is good."""
        return self.connection_id if at.monotonic_ns < self.until_ns else None

    def open(self, connection_id: int, at: Instant) -> None:
        """The tracker gave one."""
        self.connection_id, self.until_ns = connection_id, at.monotonic_ns + ID_LIFE_NS


class UdpReading:
    """Reads what crossed in one exchange, both ways.

    Args:
        ipv6: Whether it goes over IPv6, so that listed peers take 18 bytes.

    Attributes:
        asked: Our questions: transaction -> action.
        answer: What the tracker answered to an announce or a scrape, or that it declined.
    """

    def __init__(self, *, ipv6: bool) -> None:
        self._ipv6 = ipv6
        self.asked: dict[int, int] = {}
        self._odd = Oddities(MAX_ANOMALIES)
        self.answer: Answer | None = None

    @property
    def anomalies(self) -> tuple[Anomaly, ...]:
        """What was odd so far."""
        return self._odd.found()

    def sent(self, data: bytes) -> None:
        """A datagram of ours."""
        asked = tracker_udp.asked_in(data)
        if asked is not None and len(self.asked) < MAX_ASKED:
            self.asked[asked[0]] = asked[1]

    def heard(self, data: bytes, *, genuine: bool = True) -> tracker_udp.Response | None:
        """A datagram to us, if it answers a question of ours; what does not is an anomaly and nothing else.

        Args:
            genuine: Whether it came from the endpoint that was asked.
        """
        transaction = tracker_udp.answered_in(data)
        if not genuine:
            self._odd.odd("wrong_endpoint", f"{len(data)} bytes from where nobody was asked")
        elif transaction not in self.asked:
            self._odd.odd("wrong_transaction", f"{len(data)} bytes: {data[:16].hex()}")
        else:
            return self._read(data, self.asked[transaction])
        return None

    def _read(self, data: bytes, asked: int) -> tracker_udp.Response | None:
        try:
            response = tracker_udp.response_from_wire(data, ipv6=self._ipv6)
        except MalformedMessage as error:
            self._odd.odd("malformed_answer", str(error))
            self.answer = Answer("malformed", anomalies=self.anomalies)
            return None
        if response.action not in (asked, tracker_udp.ERROR):
            self._odd.odd("wrong_action", f"action {response.action} where {asked} was asked")
            return None
        for anomaly in response.anomalies:
            self._odd.odd(anomaly.kind, anomaly.detail)
        self.answer = self._answer(response)
        return response

    def _answer(self, response: tracker_udp.Response) -> Answer | None:
        match response:
            case tracker_udp.AnnounceResponse():
                return Answer(
                    "answered",
                    listed=tuple(Listed(peer) for peer in dict.fromkeys(response.peers)),
                    anomalies=self.anomalies,
                    complete=response.seeders,
                    incomplete=response.leechers,
                    interval=response.interval,
                )
            case tracker_udp.ScrapeResponse() if response.counts:
                counts = response.counts[0]
                return Answer(
                    "answered", (), self.anomalies, counts.seeders, counts.leechers, counts.completed
                )
            case tracker_udp.ScrapeResponse():
                return Answer("not_scraped", anomalies=self.anomalies)
            case tracker_udp.ErrorResponse():
                reason = response.message.decode("utf-8", "backslashreplace")
                return Answer("denied", anomalies=self.anomalies, reason=reason)
        return None


class UdpExchange:
    """One question to one UDP tracker, until it is answered or `timeout_s` is over.

    Args:
        ask: Makes the datagram that asks.
        door: The connection id that is shared with other exchanges.
        draw: Gives 32 bits of entropy: a transaction that nobody can guess.
        first_wait_s: Until the first repetition; it doubles each time (BEP 15: 15 s).

    Attributes:
        over: What it came to, once it is over.
        due_ns: When `tick` wants to be called.
    """

    def __init__(
        self,
        ask: Ask,
        door: Door,
        draw: Callable[[], int],
        *,
        ipv6: bool = False,
        first_wait_s: float = 15.0,
        timeout_s: float = 20.0,
    ) -> None:
        self._ask = ask
        self._door = door
        self._draw = draw
        self._first_wait_ns = int(first_wait_s * SECOND)
        self._timeout_ns = int(timeout_s * SECOND)
        self._deadline_ns = 0
        self._repeats = 0
        self._last = b""
        self._connecting = False
        self._fresh = False
        self.reading = UdpReading(ipv6=ipv6)
        self.over: Answer | None = None
        self.due_ns = 0

    def begin(self, at: Instant) -> bytes:
        """The first datagram to send."""
        self._deadline_ns = at.monotonic_ns + self._timeout_ns
        return self._next(at)

    def received(self, data: bytes, at: Instant, *, genuine: bool = True) -> bytes | None:
        """A datagram that names one of our transactions; the datagram to send then, if any."""
        response = self.reading.heard(data, genuine=genuine)
        if isinstance(response, tracker_udp.ConnectResponse):
            if not self._connecting:
                return None  # An answer to a question that was put anew since: the first one counted.
            self._door.open(response.connection_id, at)
            self._fresh = True
            return self._next(at)
        if isinstance(response, tracker_udp.ErrorResponse) and not self._fresh and not self._connecting:
            # The tracker forgot the id that others of ours still share: once more with a new one.
            self._door.connection_id = None
            self._fresh = True
            return self._next(at)
        self.over = self.reading.answer
        return None

    def tick(self, at: Instant) -> bytes | None:
        """Time passed: the datagram to send again, if any."""
        if self.over is not None or at.monotonic_ns < self.due_ns:
            return None
        if at.monotonic_ns >= self._deadline_ns:
            self.over = Answer("timeout", anomalies=self.reading.anomalies)
            return None
        self._repeats += 1
        if not self._connecting and self._door.id_at(at) is None:
            return self._next(at)
        return self._sent(self._last, at)

    def _next(self, at: Instant) -> bytes:
        """The next question: for the id, or with it."""
        known = self._door.id_at(at)
        self._connecting = known is None
        transaction = self._draw()
        if known is None:
            return self._sent(tracker_udp.ConnectRequest(transaction).to_wire(), at)
        return self._sent(self._ask(known, transaction), at)

    def _sent(self, data: bytes, at: Instant) -> bytes:
        self._last = data
        self.reading.sent(data)
        wait_ns = self._first_wait_ns << min(self._repeats, 8)
        self.due_ns = min(at.monotonic_ns + wait_ns, self._deadline_ns)
        return data
