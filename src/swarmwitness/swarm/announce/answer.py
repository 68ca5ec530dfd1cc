# SPDX-License-Identifier: Apache-2.0
"""What the bytes of a tracker's answer come to, the same for HTTP and UDP, live or replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from swarmwitness.swarm.facts import Listed
from swarmwitness.terms import Anomaly, IPAddress, MalformedMessage
from swarmwitness.wire.http import MAX_HEADER_BYTES, TooLong, read_head, response_body, response_head
from swarmwitness.wire.scrape import ScrapeResponse
from swarmwitness.wire.tracker_answer import AnnounceResponse

MAX_ANSWER_BYTES = 1 << 18
"""Room for 43,000 compact peers, of whom we ask for 200; what a tracker sends beyond it, as it comes or
unpacked, is not read. A mebibyte of empty dictionaries would take a second of everybody's time."""
MAX_RAW_BYTES = MAX_ANSWER_BYTES + (64 << 10)
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """What one tracker answered to an announce or a scrape. None = not said.

    Attributes:
        outcome: answered, denied (it gave a failure reason), redirected, http_NNN, malformed, too_long, or
            how the network failed.
        listed: Endpoints, each once, in the answer's order.
        anomalies: What is odd, and why nothing could be read.
        complete, incomplete, downloaded: Seeds, leechers and completions, as the tracker counts them.
        external: Our address as the tracker sees it (BEP 24).
        interval, min_interval: Seconds until the next announce.
        retry_in: Minutes until it may be asked again after a failure; tracker_answer.NEVER (BEP 31).
        tracker_id: To be sent back.
        reason: Why it declined.
        location: Where it sends us instead.
    """

    outcome: str
    listed: tuple[Listed, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    complete: int | None = None
    incomplete: int | None = None
    downloaded: int | None = None
    external: IPAddress | None = None
    interval: int | None = None
    min_interval: int | None = None
    retry_in: int | None = None
    tracker_id: bytes | None = None
    reason: str | None = None
    location: bytes | None = None


@dataclass(frozen=True, slots=True)
class Scraped:
    """A swarm's counts, as a tracker tells them. None = not said."""

    outcome: str
    complete: int | None = None
    incomplete: int | None = None
    downloaded: int | None = None

    @classmethod
    def of(cls, answer: Answer) -> Scraped:
        """Out of an answer."""
        return cls(answer.outcome, answer.complete, answer.incomplete, answer.downloaded)


def read_answer(raw: bytes) -> Answer:
    """Read a whole recorded HTTP response to an announce; never raises."""
    body = _body(raw)
    if isinstance(body, Answer):
        return body
    try:
        response = AnnounceResponse.from_wire(body)
    except MalformedMessage as error:
        return _malformed(error)
    denied = response.failure_reason is not None
    peers = () if denied else response.peers
    return Answer(
        outcome="denied" if denied else "answered",
        listed=tuple(dict.fromkeys(Listed(peer.endpoint, peer.peer_id) for peer in peers)),
        anomalies=response.anomalies,
        complete=response.complete,
        incomplete=response.incomplete,
        downloaded=response.downloaded,
        external=response.external_ip,
        interval=response.interval,
        min_interval=response.min_interval,
        retry_in=response.retry_in,
        tracker_id=response.tracker_id,
        reason=response.failure_reason,
    )


def read_scrape(raw: bytes, info_hash: bytes) -> Answer:
    """Read a whole recorded HTTP response to a scrape of this torrent (20 bytes); never raises."""
    body = _body(raw)
    if isinstance(body, Answer):
        return body
    try:
        response = ScrapeResponse.from_wire(body)
    except MalformedMessage as error:
        return _malformed(error)
    if response.failure_reason is not None:
        return Answer("denied", anomalies=response.anomalies, reason=response.failure_reason)
    counts = response.files.get(info_hash)
    if counts is None:
        return Answer("not_scraped", anomalies=response.anomalies)
    return Answer(
        "answered",
        anomalies=response.anomalies,
        complete=counts.complete,
        incomplete=counts.incomplete,
        downloaded=counts.downloaded,
    )


def _body(raw: bytes) -> bytes | Answer:
    """The body of a 200; whatever else it is, as an answer."""
    try:
        status, head = response_head(raw)
        location = head.fields.get(b"location")
        if status in REDIRECTS and location is not None:
            return Answer("redirected", location=location)
        if status != 200:
            return Answer(f"http_{status}")
        return response_body(raw, max_body=MAX_ANSWER_BYTES)[1]
    except TooLong as error:
        return Answer("too_long", anomalies=(Anomaly("too_long_answer", str(error)),))
    except MalformedMessage as error:
        return _malformed(error)


def _malformed(error: MalformedMessage) -> Answer:
    return Answer("malformed", anomalies=(Anomaly("malformed_answer", str(error)),))


class Wholeness:
    """Whether an HTTP response that grows is all here without waiting for the connection's end.

    The head is read once, when it is complete: who sends it byte by byte costs us no more than others.
    """

    def __init__(self) -> None:
        self._looked = 0
        self._ending: bytes | None = None
        self._end: int | None = None
        self._read = False

    def reached(self, raw: bytes | bytearray) -> bool:
        """`raw` is what has come so far; it only ever grows."""
        if not self._read:
            self._look(raw)
        if self._ending is not None:
            return raw.endswith(self._ending)
        return self._end is not None and len(raw) >= self._end

    def _look(self, raw: bytes | bytearray) -> None:
        looked, self._looked = self._looked, max(len(raw) - 2, 0)
        self._read = any(raw.find(blank, looked, MAX_HEADER_BYTES) >= 0 for blank in (b"\n\n", b"\n\r\n"))
        if not self._read:
            return
        try:
            head = read_head(bytes(raw[:MAX_HEADER_BYTES]))
        except MalformedMessage:
            return
        declared = head.fields.get(b"content-length", b"")
        if b"transfer-encoding" in head.fields:
            self._ending = b"\r\n0\r\n\r\n"
        elif declared.isdigit() and len(declared) < 12:
            self._end = head.end + int(declared)


def is_whole(raw: bytes | bytearray) -> bool:
    """Whether an HTTP response is all here without waiting for the connection's end."""
    return Wholeness().reached(raw)


def joined(answers: Sequence[Answer]) -> Answer:
    """What one tracker said over both families, as one: answered if one was; of counts the larger."""
    first = next((each for each in answers if each.outcome == "answered"), answers[0])
    if len(answers) == 1:
        return first
    return replace(
        first,
        listed=tuple(dict.fromkeys(peer for each in answers for peer in each.listed)),
        anomalies=tuple(odd for each in answers for odd in each.anomalies),
        complete=_most([each.complete for each in answers]),
        incomplete=_most([each.incomplete for each in answers]),
        downloaded=_most([each.downloaded for each in answers]),
        external=next((each.external for each in answers if each.external is not None), None),
    )


def _most(counts: Sequence[int | None]) -> int | None:
    return max((count for count in counts if count is not None), default=None)
