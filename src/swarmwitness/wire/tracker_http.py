# SPDX-License-Identifier: Apache-2.0
"""Announcing to an HTTP tracker (BEP 3, with `ipv4` and `ipv6` of BEP 7): the request, both directions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote_from_bytes, urlsplit

from swarmwitness.terms import InfoHash, IPAddress, MalformedMessage
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.terms.infohash import V1_BYTES
from swarmwitness.wire.http import read_head

MAX_NUMBER = 1 << 64
MAX_PARAMETERS = 128
_CONTROLS = re.compile(r"[\x00-\x20\x7f-\U0010ffff]")
_GET = re.compile(rb"GET ([!-~]+) HTTP/1\.[01]")
_EVENTS = ("started", "stopped", "completed")


@dataclass(frozen=True, slots=True)
class AnnounceRequest:
    """One announce.

    Attributes:
        info_hash: A v2 hash travels cut to 20 bytes.
        peer_id: 20 bytes.
        port: Where we listen.
        uploaded, downloaded, left: Bytes, as we tell them.
        event: started, stopped, completed or None.
        numwant: How many peers we ask for; None = the tracker's choice.
        compact: Whether we take the compact form.
        key: Tells us from others behind one address, or None.
        tracker_id: As the tracker gave it, or None.
        ipv4, ipv6: Addresses that the announcer calls its own, beside the one it asks from (BEP 7). Trackers
            that believe it list whom it likes.
    """

    info_hash: InfoHash
    peer_id: bytes
    port: int
    uploaded: int = 0
    downloaded: int = 0
    left: int = 0
    event: str | None = None
    numwant: int | None = None
    compact: bool = True
    key: str | None = None
    tracker_id: bytes | None = None
    ipv4: IPAddress | None = None
    ipv6: IPAddress | None = None

    def __post_init__(self) -> None:
        if len(self.peer_id) != 20:
            raise ValueError(f"a peer_id has 20 bytes, not {len(self.peer_id)}")
        if self.event not in (None, *_EVENTS):
            raise ValueError(f"{self.event!r} is no event of an announce")

    def query(self) -> str:
        """The parameters, each byte outside RFC 3986's unreserved set percent-encoded."""
        given: list[tuple[str, bytes | str | int | None]] = [
            ("info_hash", self.info_hash.on_wire),
            ("peer_id", self.peer_id),
            ("port", self.port),
            ("uploaded", self.uploaded),
            ("downloaded", self.downloaded),
            ("left", self.left),
            ("compact", int(self.compact)),
            ("event", self.event),
            ("numwant", self.numwant),
            ("key", self.key),
            ("trackerid", self.tracker_id),
            ("ipv4", None if self.ipv4 is None else str(self.ipv4)),
            ("ipv6", None if self.ipv6 is None else str(self.ipv6)),
        ]
        return "&".join(f"{name}={_quoted(value)}" for name, value in given if value is not None)

    def to_wire(self, url: str, user_agent: str) -> bytes:
        """The whole GET request to the tracker at `url`; its own parameters stay in front.

        Args:
            url: http or https (the bytes inside TLS are the same).
            user_agent: Who we truly are.

        Raises:
            ValueError: a URL without a host, of another scheme, or one that would smuggle lines.
        """
        return get_request(url, self.query(), user_agent)

    @classmethod
    def from_wire(cls, data: bytes) -> AnnounceRequest:
        """Read a GET request, as a tracker would.

        Raises:
            MalformedMessage: no announce, or one with parameters that cannot be read.
        """
        _, _, query = target_of(data).partition(b"?")
        try:
            text = query.decode("ascii")
            return cls._of(dict(parse_qsl(text, True, True, "latin-1", "strict", MAX_PARAMETERS)))
        except ValueError as error:
            raise MalformedMessage(f"not an announce: {error}") from None

    @classmethod
    def _of(cls, given: dict[str, str]) -> AnnounceRequest:
        """Parameters were decoded as Latin-1, so that a letter is a byte."""
        info_hash = given.get("info_hash", "").encode("latin-1")
        if len(info_hash) != V1_BYTES:
            raise ValueError(f"an info_hash travels as 20 bytes, not {len(info_hash)}")
        tracker_id = given.get("trackerid")
        return cls(
            info_hash=InfoHash(info_hash),
            peer_id=given.get("peer_id", "").encode("latin-1"),
            port=_count(given.get("port"), 0xFFFF),
            uploaded=_count(given.get("uploaded", "0")),
            downloaded=_count(given.get("downloaded", "0")),
            left=_count(given.get("left", "0")),
            event=given.get("event") or None,
            numwant=_count(given["numwant"]) if "numwant" in given else None,
            compact=given.get("compact", "0") == "1",
            key=given.get("key"),
            tracker_id=None if tracker_id is None else tracker_id.encode("latin-1"),
            ipv4=_address(given.get("ipv4")),
            ipv6=_address(given.get("ipv6")),
        )


def _quoted(value: bytes | str | int) -> str:
    raw = value if isinstance(value, bytes) else str(value).encode()
    return quote_from_bytes(raw, safe="")


def _count(text: str | None, most: int = MAX_NUMBER) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 20 or int(text) > most:
        raise ValueError(f"{str(text)[:40]!r} is no number up to {most}")
    return int(text)


def _address(text: str | None) -> IPAddress | None:
    """BEP 7 lets a port follow: `[2001:db8::1]:6881`, `192.0.2.7:6881`; it is read and not needed."""
    if not text:
        return None
    bare = text[1 : text.find("]")] if text.startswith("[") else text
    return address_from_text(bare.partition(":")[0] if bare.count(":") == 1 else bare)


def get_request(url: str, query: str, user_agent: str) -> bytes:
    """A GET request to `url` with more parameters; its own stay in front.

    Args:
        url: http or https (the bytes inside TLS are the same).
        user_agent: Who we truly are.

    Raises:
        ValueError: a URL without a host, of another scheme, or one that would smuggle lines.
    """
    if _CONTROLS.search(url) or re.search(r"[\x00-\x1f\x7f-\U0010ffff]", user_agent):
        raise ValueError("blanks, controls or letters outside ASCII in a URL or agent")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an HTTP tracker: {url!r}")
    asked = f"{parts.query}&{query}" if parts.query else query
    lines = (
        f"GET {parts.path or '/'}?{asked} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        f"User-Agent: {user_agent}",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def target_of(request: bytes) -> bytes:
    """Path and query of a GET request.

    Raises:
        MalformedMessage: it is none.
    """
    match = _GET.fullmatch(read_head(request).start)
    if match is None:
        raise MalformedMessage("not a GET request")
    return match[1]
