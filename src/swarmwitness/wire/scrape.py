# SPDX-License-Identifier: Apache-2.0
"""Scraping an HTTP tracker (BEP 48): the counts of a swarm without being in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote_from_bytes, urlsplit, urlunsplit

from swarmwitness.terms import Anomaly, MalformedMessage
from swarmwitness.wire.bencode import Bencoded, decode_prefix
from swarmwitness.wire.oddities import Oddities
from swarmwitness.wire.tracker_http import get_request, target_of

MAX_FILES = 1024
"""Torrents read of one answer: a tracker may send all it has instead of the one that was asked for."""
MAX_ANOMALIES = 32
MAX_NUMBER = 1 << 64
_PAGE = "announce"


def scrape_url(url: str) -> str | None:
    """Where to scrape: the last part of the path must begin with `announce`, which becomes `scrape`.

    Returns:
        None where the tracker's URL tells no such place (BEP 48).
    """
    parts = urlsplit(url)
    folder, slash, page = parts.path.rpartition("/")
    if not slash or not page.startswith(_PAGE):
        return None
    path = f"{folder}/scrape{page[len(_PAGE) :]}"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def scrape_request(url: str, info_hash: bytes, user_agent: str) -> bytes:
    """A GET request for one torrent.

    Args:
        url: As `scrape_url` gives it.
        info_hash: 20 bytes.

    Raises:
        ValueError: not the URL of an HTTP tracker.
    """
    return get_request(url, f"info_hash={quote_from_bytes(info_hash, safe='')}", user_agent)


def scraped_hashes(request: bytes) -> tuple[bytes, ...]:
    """The torrents that a request names, as a tracker reads it; none of them = all.

    Raises:
        MalformedMessage: no scrape.
    """
    _, _, query = target_of(request).partition(b"?")
    try:
        given = parse_qsl(query.decode("ascii"), True, True, "latin-1", "strict", MAX_FILES) if query else []
    except ValueError as error:
        raise MalformedMessage(f"not a scrape: {error}") from None
    found = tuple(value.encode("latin-1") for name, value in given if name == "info_hash")
    if any(len(each) != 20 for each in found):
        raise MalformedMessage("an info_hash that is not 20 bytes")
    return found


@dataclass(frozen=True, slots=True)
class ScrapedFile:
    """The counts of one torrent; None = not said, or not readable."""

    complete: int | None
    incomplete: int | None
    downloaded: int | None


@dataclass(frozen=True, slots=True)
class ScrapeResponse:
    """A tracker's answer to a scrape.

    Attributes:
        failure_reason: The tracker refused, and why.
        files: Counts by the 20 bytes of an info_hash, the first `MAX_FILES` of the answer.
        anomalies: What could not be read.
        raw: The body as it arrived.
    """

    failure_reason: str | None = None
    files: dict[bytes, ScrapedFile] = field(default_factory=dict)
    anomalies: tuple[Anomaly, ...] = ()
    raw: bytes = field(default=b"", repr=False)

    @classmethod
    def from_wire(cls, body: bytes) -> ScrapeResponse:
        """Read a response's body.

        Raises:
            MalformedMessage: no bencoded dictionary.
        """
        answer, end = decode_prefix(body, strict=False)
        answer.as_dict()
        reading = _Reading()
        if body[end:].strip():
            reading.odd("trailing_bytes", f"{len(body) - end} bytes behind the answer")
        reason = answer.find_bytes(b"failure reason")
        failure = None if reason is None else reason.decode("utf-8", "backslashreplace")
        return cls(failure, reading.files(answer.find(b"files")), reading.found(), bytes(body))


class _Reading(Oddities):
    def __init__(self) -> None:
        super().__init__(MAX_ANOMALIES)

    def files(self, item: Bencoded | None) -> dict[bytes, ScrapedFile]:
        if item is None or not isinstance(item.value, dict):
            if item is not None:
                self.odd("tracker_field", f"files: no dictionary: {item.raw[:32]!r}")
            return {}
        if len(item.value) > MAX_FILES:
            self.odd("scrape_size", f"{len(item.value)} torrents")
        taken = list(item.value.items())[:MAX_FILES]
        return {name: self._file(name, entry) for name, entry in taken}

    def _file(self, name: bytes, entry: Bencoded) -> ScrapedFile:
        if len(name) != 20:
            self.odd("scrape_entry", f"a hash of {len(name)} bytes: {name[:32]!r}")
        if not isinstance(entry.value, dict):
            self.odd("scrape_entry", f"{name[:20].hex()}: no dictionary: {entry.raw[:32]!r}")
        return ScrapedFile(*(self._number(entry, key) for key in (b"complete", b"incomplete", b"downloaded")))

    def _number(self, entry: Bencoded, key: bytes) -> int | None:
        item = entry.find(key)
        if item is None:
            return None
        if not isinstance(item.value, int) or not 0 <= item.value < MAX_NUMBER:
            self.odd("tracker_field", f"{key.decode()}: no count: {item.raw[:32]!r}")
            return None
        return item.value
