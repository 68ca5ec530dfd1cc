# SPDX-License-Identifier: Apache-2.0
"""Magnet links (BEP 9, 53): a torrent's name and where to look for peers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from swarmwitness.terms import Endpoint, InfoHash, MalformedMessage

SCHEME = "magnet:?"
BTIH, BTMH = "urn:btih:", "urn:btmh:"
SHA256_MULTIHASH = "1220"
"""Multihash: 0x12 = SHA-256, 0x20 = 32 bytes follow."""
MAX_LENGTH = 64 << 10
MAX_PARAMETERS = 1000


@dataclass(frozen=True, slots=True)
class Magnet:
    """A magnet link.

    Attributes:
        v1, v2: The torrent's names; at least one of them.
        name: `dn`, for people; no evidence of what the torrent holds.
        trackers: `tr`.
        web_seeds: `ws`.
        peers: `x.pe`, as far as they are endpoints.
        files: `so` (BEP 53): indices of the files that are wanted; empty = all.
        unknown: (key, value) of every other parameter, those that could not be read among them.
    """

    v1: InfoHash | None = None
    v2: InfoHash | None = None
    name: str | None = None
    trackers: tuple[str, ...] = ()
    web_seeds: tuple[str, ...] = ()
    peers: tuple[Endpoint, ...] = ()
    files: tuple[range, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()

    @property
    def info_hashes(self) -> tuple[InfoHash, ...]:
        """Every name of the torrent, v1 first."""
        return tuple(each for each in (self.v1, self.v2) if each is not None)

    @classmethod
    def from_text(cls, text: str) -> Magnet:
        """Read a link.

        Raises:
            MalformedMessage: no magnet link, none or two different info_hashes of one version,
                or an info_hash that is not one.
        """
        if len(text) > MAX_LENGTH or text[: len(SCHEME)].lower() != SCHEME:
            raise MalformedMessage("not a magnet link")
        parameters = [part.partition("=")[::2] for part in text[len(SCHEME) :].split("&") if part]
        if len(parameters) > MAX_PARAMETERS:
            raise MalformedMessage(f"more than {MAX_PARAMETERS} parameters")
        reading = _Reading()
        for key, value in parameters:
            reading.take(_unquoted(key), _unquoted(value))
        if reading.v1 is None and reading.v2 is None:
            raise MalformedMessage("a magnet link without an info_hash")
        return cls(
            v1=reading.v1,
            v2=reading.v2,
            name=reading.name,
            trackers=tuple(reading.trackers),
            web_seeds=tuple(reading.web_seeds),
            peers=tuple(reading.peers),
            files=tuple(reading.files),
            unknown=tuple(reading.unknown),
        )

    def to_text(self) -> str:
        """The link; `from_text` reads it back to an equal value.

        Raises:
            ValueError: no info_hash.
        """
        if not self.info_hashes:
            raise ValueError("a magnet link needs an info_hash")
        parts = [f"xt={BTIH}{self.v1}"] if self.v1 is not None else []
        parts += [f"xt={BTMH}{SHA256_MULTIHASH}{self.v2}"] if self.v2 is not None else []
        given = [("dn", self.name)] if self.name is not None else []
        given += [("tr", url) for url in self.trackers] + [("ws", url) for url in self.web_seeds]
        given += [("x.pe", peer.to_text()) for peer in self.peers]
        given += [("so", ",".join(map(_range_text, self.files)))] if self.files else []
        parts += [f"{quote(key, safe='.')}={quote(value, safe='')}" for key, value in (*given, *self.unknown)]
        return SCHEME + "&".join(parts)


class _Reading:
    """The parameters read so far."""

    def __init__(self) -> None:
        self.v1: InfoHash | None = None
        self.v2: InfoHash | None = None
        self.name: str | None = None
        self.trackers: list[str] = []
        self.web_seeds: list[str] = []
        self.peers: list[Endpoint] = []
        self.files: list[range] = []
        self.unknown: list[tuple[str, str]] = []

    def take(self, key: str, value: str) -> None:
        # `tr.1`, `tr.2`: an old way to number what may come many times (not `x.pe`, one name).
        base = key if key.startswith("x.") else key.partition(".")[0]
        reader = _READERS.get(base)
        if reader is None or not reader(self, value):
            self.unknown.append((key, value))

    def topic(self, value: str) -> bool:
        if value[: len(BTIH)].lower() == BTIH:
            self.v1 = _same(self.v1, _btih(value[len(BTIH) :]))
        elif value[: len(BTMH)].lower() == BTMH:
            self.v2 = _same(self.v2, _btmh(value[len(BTMH) :]))
        else:
            return False
        return True

    def title(self, value: str) -> bool:
        if self.name is None:
            self.name = value
            return True
        return False

    def tracker(self, value: str) -> bool:
        self.trackers.append(value)
        return True

    def web_seed(self, value: str) -> bool:
        self.web_seeds.append(value)
        return True

    def peer(self, value: str) -> bool:
        try:
            self.peers.append(Endpoint.from_text(value))
        except ValueError:
            return False  # a host name: nobody looks it up here
        return True

    def selection(self, value: str) -> bool:
        try:
            self.files.extend(_range(part) for part in value.split(","))
        except ValueError:
            return False
        return True


_READERS: dict[str, Callable[[_Reading, str], bool]] = {
    "xt": _Reading.topic,
    "dn": _Reading.title,
    "tr": _Reading.tracker,
    "ws": _Reading.web_seed,
    "x.pe": _Reading.peer,
    "so": _Reading.selection,
}


def _unquoted(text: str) -> str:
    try:
        raw = unquote_to_bytes(text.replace("+", " "))
    except UnicodeEncodeError:
        raise MalformedMessage("half a surrogate pair") from None
    return raw.decode("utf-8", "backslashreplace")


def _same(before: InfoHash | None, now: InfoHash) -> InfoHash:
    if before is not None and before != now:
        raise MalformedMessage("two different info_hashes of one version")
    return now


def _btih(text: str) -> InfoHash:
    """40 hex digits, or 32 of base32 (the older spelling)."""
    try:
        if len(text) == 32:
            return InfoHash(base64.b32decode(text.upper()))
        if len(text) == 40:
            return InfoHash.from_text(text)
    except (ValueError, binascii.Error):
        pass
    raise MalformedMessage(f"not a v1 info_hash: {text[:80]!r}")


def _btmh(text: str) -> InfoHash:
    if text.startswith(SHA256_MULTIHASH) and len(text) == 68:
        try:
            return InfoHash.from_text(text[len(SHA256_MULTIHASH) :])
        except ValueError:
            pass
    raise MalformedMessage(f"not a v2 info_hash: {text[:80]!r}")


def _range(text: str) -> range:
    first, dash, last = text.partition("-")
    if not all(
        part.isascii() and part.isdigit() and len(part) < 10 for part in (first, last if dash else first)
    ):
        raise ValueError(f"not a range of files: {text!r}")
    low, high = int(first), int(last) if dash else int(first)
    if high < low:
        raise ValueError(f"not a range of files: {text!r}")
    return range(low, high + 1)


def _range_text(files: range) -> str:
    return f"{files.start}" if len(files) == 1 else f"{files.start}-{files.stop - 1}"
