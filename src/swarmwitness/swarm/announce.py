# SPDX-License-Identifier: Apache-2.0
"""The conversation with an HTTP tracker (BEP 3): what we ask, what an answer lists, when to ask again."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.facts import Listed
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Anomaly, Instant, MalformedMessage
from swarmwitness.wire.http import MAX_HEADER_BYTES, read_head
from swarmwitness.wire.tracker_http import AnnounceRequest, AnnounceResponse, response_body

MAX_ANSWER_BYTES = 1 << 20
"""Room for 50,000 compact peers; what a tracker sends beyond it is not read."""
MAX_RAW_BYTES = MAX_ANSWER_BYTES + (64 << 10)
DEFAULT_INTERVAL_S = 1800
FIRST_RETRY_S = 60
MAX_RETRY_S = 1800
UNKNOWN_SIZE_LEFT = 1 << 30
"""`left` while the size is unknown: 0 would name us a seed, which we never are."""
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bytes of one tracker response come to.

    Attributes:
        outcome: answered, refused (a failure reason), http_NNN, or malformed.
        listed: Endpoints, each once, in the answer's order.
        anomalies: What is odd, and why nothing could be read.
        response: The decoded answer, if there is one.
    """

    outcome: str
    listed: tuple[Listed, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    response: AnnounceResponse | None = None


def read_answer(raw: bytes) -> Answer:
    """Read a whole recorded response, live or replayed; never raises."""
    try:
        status, body = response_body(raw, max_body=MAX_ANSWER_BYTES)
        if status != 200:
            return Answer(f"http_{status}")
        response = AnnounceResponse.from_wire(body)
    except MalformedMessage as error:
        return Answer("malformed", anomalies=(Anomaly("malformed_answer", str(error)),))
    if response.failure_reason is not None:
        return Answer("refused", (), response.anomalies, response)
    listed = tuple(dict.fromkeys(Listed(peer.endpoint, peer.peer_id) for peer in response.peers))
    return Answer("answered", listed, response.anomalies, response)


def is_whole(raw: bytes | bytearray) -> bool:
    """Whether a response is all here without waiting for the connection's end."""
    try:
        head = read_head(bytes(raw[:MAX_HEADER_BYTES]))
    except MalformedMessage:
        return False
    if b"transfer-encoding" in head.fields:
        return raw.endswith(b"\r\n0\r\n\r\n")
    declared = head.fields.get(b"content-length", b"")
    return declared.isdigit() and len(declared) < 12 and len(raw) >= head.end + int(declared)


class AnnounceDialogue:
    """Announcing one torrent to one tracker, again and again.

    We tell the tracker the truth: nothing uploaded, everything left, and `port`, which is 0 while
    we do not listen.
    """

    def __init__(
        self,
        torrent: Torrent,
        url: str,
        *,
        peer_id: bytes,
        conduct: Conduct,
        port: int = 0,
        numwant: int = 200,
    ) -> None:
        self.torrent = torrent
        self.url = url
        self._peer_id = peer_id
        self._conduct = conduct
        self._port = port
        self._numwant = numwant
        self._tracker_id: bytes | None = None
        self._started = False
        self._failures = 0
        self._due_ns = 0

    @property
    def started(self) -> bool:
        """Whether the tracker took us in, so that it is owed a `stopped`."""
        return self._started

    def due(self, at: Instant) -> bool:
        """Whether it is time to ask (again)."""
        return at.monotonic_ns >= self._due_ns

    def request(self, event: str | None = None) -> bytes:
        """The bytes to send; `started` until the tracker has answered once.

        Raises:
            ValueError: the URL is no HTTP tracker's.
        """
        metainfo = self.torrent.metainfo
        ask = AnnounceRequest(
            info_hash=self.torrent.info_hash,
            peer_id=self._peer_id,
            port=self._port,
            left=UNKNOWN_SIZE_LEFT if metainfo is None else max(metainfo.total_size, 1),
            event=event or (None if self._started else "started"),
            numwant=0 if event == "stopped" else self._numwant,
            tracker_id=self._tracker_id,
        )
        return ask.to_wire(self.url, self._conduct.client)

    def answered(self, raw: bytes, at: Instant) -> Answer:
        """Read the answer and set the time of the next request."""
        answer = read_answer(raw)
        response = answer.response
        if answer.outcome != "answered" or response is None:
            self.failed(at)
            return answer
        self._started = True
        self._failures = 0
        self._tracker_id = response.tracker_id or self._tracker_id
        wish_s = max(response.interval or DEFAULT_INTERVAL_S, response.min_interval or 0)
        self._wait(min(wish_s, 86_400), at)
        return answer

    def failed(self, at: Instant) -> None:
        """No answer, or none that can be used: ask again later, ever more rarely."""
        self._wait(min(FIRST_RETRY_S << min(self._failures, 10), MAX_RETRY_S), at)
        self._failures += 1

    def _wait(self, seconds: float, at: Instant) -> None:
        wait_s = max(seconds, self._conduct.min_announce_interval_s)
        self._due_ns = at.monotonic_ns + int(wait_s * SECOND)
