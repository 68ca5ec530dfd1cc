# SPDX-License-Identifier: Apache-2.0
"""One HTTP POST, over TLS or not, bounded in time and size; failures are outcomes.

For time authorities and witnesses. Nothing of it is an exhibit: no peer speaks here, and what was asked and
answered is in the statements that the log keeps. Redirects are not followed: whom to ask is written in the
case, and nobody else decides it.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from swarmwitness import __version__
from swarmwitness.swarm.announce import is_whole
from swarmwitness.terms import MalformedMessage
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.wire.http import MAX_HEADER_BYTES, response_body

_PORTS = {"http": 80, "https": 443}
_PORTION = 1 << 16
_MOST_READS = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: HTTP status; 0 where none came.
        body: The unpacked body, or what had come when it went wrong.
        outcome: `answered`, `refused`, `timeout`, `tls`, `too_long`, `not_http`, `bad_url`, …
    """

    status: int
    body: bytes = b""
    outcome: str = "answered"


async def post(
    url: str,
    body: bytes,
    content_type: str,
    *,
    timeout_s: float,
    most_bytes: int,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Post once and read the answer.

    Args:
        most_bytes: Longest body taken.
        tls: Whom to trust for https; default: the machine's authorities.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        request = _request(parts, body, content_type)
    except (KeyError, ValueError):
        return Answer(0, b"", "bad_url")
    raw = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            context = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
            reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context)
            try:
                writer.write(request)
                await writer.drain()
                await _read(reader, raw, most_bytes)
            finally:
                writer.transport.abort()
    except ssl.SSLError:
        return Answer(0, b"", "tls")
    except (OSError, UnicodeError) as error:
        return Answer(0, bytes(raw[:most_bytes]), outcome_of(error))
    return _answer(bytes(raw), most_bytes)


def _request(parts: SplitResult, body: bytes, content_type: str) -> bytes:
    """The request's bytes; ValueError for a URL that no header line may hold.

    A name and password in the URL are refused: they would stand in every statement.
    """
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not parts.hostname or "@" in parts.netloc or any(not "!" <= c <= "~" for c in target + parts.netloc):
        raise ValueError("not a URL to post to")
    lines = (
        f"POST {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"User-Agent: swarmwitness/{__version__}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


async def _read(reader: asyncio.StreamReader, raw: bytearray, most_bytes: int) -> None:
    for _ in range(_MOST_READS):
        portion = await reader.read(_PORTION)
        raw += portion
        if not portion or len(raw) > MAX_HEADER_BYTES + most_bytes or is_whole(raw):
            return


def _answer(raw: bytes, most_bytes: int) -> Answer:
    if not raw:
        return Answer(0, b"", "eof")
    if len(raw) > MAX_HEADER_BYTES + most_bytes:
        return Answer(0, raw[:most_bytes], "too_long")
    try:
        status, body = response_body(raw, max_body=most_bytes)
    except MalformedMessage:
        return Answer(0, raw[:most_bytes], "not_http")
    return Answer(status, body)
