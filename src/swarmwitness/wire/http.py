# SPDX-License-Identifier: Apache-2.0
"""Just enough HTTP/1.1 (RFC 9112) to read one whole message that was recorded as raw bytes.

The standard library's reader wants a socket; a sealed exhibit has none, and its size must be bounded.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from swarmwitness.terms import MalformedMessage

MAX_HEADER_BYTES = 64 << 10
MAX_BODY_BYTES = 16 << 20
MAX_CHUNK_LINE = 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_BLANKS = b" \t"


class TooLong(MalformedMessage):
    """A body longer than was allowed, as it came or unpacked."""


@dataclass(frozen=True, slots=True)
class HttpHead:
    """The first line and the fields of a message.

    Attributes:
        start: The first line.
        fields: Name in lower case -> value; of a name that came twice the first.
        end: Offset of the body.
    """

    start: bytes
    fields: dict[bytes, bytes]
    end: int


def read_head(raw: bytes, offset: int = 0) -> HttpHead:
    """Read up to the empty line; a bare line feed ends a line, too, as every client accepts.

    Raises:
        MalformedMessage: no empty line within 64 KiB, or a field without a colon.
    """
    lines: list[bytes] = []
    at = offset
    while True:
        stop = raw.find(b"\n", at, offset + MAX_HEADER_BYTES)
        if stop < 0:
            raise MalformedMessage("the header does not end", at)
        line = raw[at:stop].removesuffix(b"\r")
        at = stop + 1
        if not line:
            return HttpHead(lines[0] if lines else b"", _fields(lines[1:], offset), at)
        lines.append(line)


def _fields(lines: list[bytes], offset: int) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise MalformedMessage("a header field without a colon", offset)
        fields.setdefault(name.strip(_BLANKS).lower(), value.strip(_BLANKS))
    return fields


def response_body(raw: bytes, *, max_body: int = MAX_BODY_BYTES) -> tuple[int, bytes]:
    """Status and body of a recorded response; interim (1xx) responses before it are skipped.

    Args:
        raw: The bytes of the connection, from the response's first byte to the connection's end.
        max_body: Longest body in bytes, counted after unpacking.

    Raises:
        TooLong: the body is longer, as it came or unpacked.
        MalformedMessage: no HTTP, a body that ends early, an unknown coding.
    """
    status, head = response_head(raw)
    at, fields = head.end, head.fields
    body = _framed(raw, at, fields, max_body)
    return status, _unpacked(body, fields.get(b"content-encoding", b"identity").lower(), at, max_body)


def response_head(raw: bytes) -> tuple[int, HttpHead]:
    """Status and head of a recorded response; interim (1xx) responses before it are skipped.

    Raises:
        MalformedMessage: no HTTP.
    """
    head = read_head(raw)
    while (status := _status(head)) // 100 == 1:
        head = read_head(raw, head.end)
    return status, head


def _status(head: HttpHead) -> int:
    match = _STATUS.fullmatch(head.start)
    if match is None:
        raise MalformedMessage("not an HTTP/1 response", head.end)
    return int(match[1])


def _framed(raw: bytes, at: int, fields: dict[bytes, bytes], max_body: int) -> bytes:
    coding = fields.get(b"transfer-encoding", b"identity").lower()
    if coding == b"chunked":
        return _dechunked(raw, at, max_body)
    if coding != b"identity":
        raise MalformedMessage(f"transfer coding {coding[:40]!r} is unknown", at)
    declared = fields.get(b"content-length")
    end = len(raw)
    if declared is not None:
        if not declared.isdigit() or len(declared) > 12:
            raise MalformedMessage("a content length that is no number", at)
        end = at + int(declared)
    if end > len(raw):
        raise MalformedMessage("the body ends early", len(raw))
    if end - at > max_body:
        raise TooLong(f"a body of more than {max_body} bytes", at)
    return raw[at:end]


def _dechunked(raw: bytes, at: int, max_body: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        stop = raw.find(b"\n", at, at + MAX_CHUNK_LINE)
        match = _CHUNK_SIZE.fullmatch(raw[at:stop].removesuffix(b"\r")) if stop >= 0 else None
        if match is None:
            raise MalformedMessage("a chunk without its size", at)
        length = int(match[1], 16)
        if length == 0:
            return b"".join(parts)
        size += length
        begin, end = stop + 1, stop + 1 + length
        if size > max_body:
            raise TooLong(f"a body of more than {max_body} bytes", at)
        at = end + 2 if raw[end : end + 1] == b"\r" else end + 1
        if raw[at - 1 : at] != b"\n":
            raise MalformedMessage("a chunk ends early or does not end where it says", min(end, len(raw)))
        parts.append(raw[begin:end])


def _unpacked(body: bytes, coding: bytes, at: int, max_body: int) -> bytes:
    """Trackers pack their answers even where nobody offered to unpack them."""
    if coding in (b"identity", b""):
        return body
    if coding not in (b"gzip", b"x-gzip", b"deflate"):
        raise MalformedMessage(f"content coding {coding[:40]!r} is unknown", at)
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        unpacked = inflater.decompress(body, max_body + 1)
    except zlib.error as error:
        raise MalformedMessage(f"a packed body that does not unpack: {error}", at) from None
    if len(unpacked) > max_body:
        raise TooLong(f"a body of more than {max_body} bytes", at)
    if not inflater.eof:
        raise MalformedMessage("a packed body that ends early", len(body))
    return unpacked
