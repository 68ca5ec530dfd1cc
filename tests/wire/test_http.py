# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import gzip
import http.client
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.http import TooLong, read_head, response_body, response_head

OK = b"HTTP/1.1 200 OK\r\n"
CASES = [
    (OK + b"Content-Length: 5\r\n\r\nd1:ae", 200, b"d1:ae"),
    (OK + b"Content-Length: 0\r\n\r\n", 200, b""),
    (OK + b"\r\nuntil the end", 200, b"until the end"),
    (b"HTTP/1.0 404 Not Found\r\n\r\nno", 404, b"no"),
    (b"HTTP/1.0 200\r\n\r\nx", 200, b"x"),
    (OK + b"content-length:5\r\n\r\nd1:aeand more", 200, b"d1:ae"),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nd1:\r\n2;x=y\r\nae\r\n0\r\n\r\n", 200, b"d1:ae"),
    (
        OK + b"Transfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
        200,
        b"0123456789",
    ),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\nx", 200, b"x"),
    (b"HTTP/1.1 200 OK\nServer: old\n\nx", 200, b"x"),
]


@pytest.mark.parametrize(("raw", "status", "body"), CASES)
def test_read(raw: bytes, status: int, body: bytes) -> None:
    assert response_body(raw) == (status, body)


class _Recorded:
    """What http.client wants of a socket."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self.raw)


@pytest.mark.parametrize(("raw", "status", "body"), CASES)
def test_the_standard_library_reads_the_same(raw: bytes, status: int, body: bytes) -> None:
    response = http.client.HTTPResponse(_Recorded(raw))  # type: ignore[arg-type]
    response.begin()
    assert (response.status, response.read()) == (status, body)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_packed_bodies(pack: object) -> None:
    name = b"gzip" if pack is gzip.compress else b"deflate"
    packed = pack(b"d1:ae" * 100)  # type: ignore[operator]
    raw = OK + b"Content-Encoding: " + name + b"\r\n\r\n" + packed
    assert response_body(raw) == (200, b"d1:ae" * 100)
    with pytest.raises(MalformedMessage):
        response_body(raw[:-12])
    with pytest.raises(MalformedMessage):
        response_body(raw, max_body=499)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(TooLong):
        response_body(OK + b"Content-Encoding: gzip\r\n\r\n" + bomb, max_body=100_000)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 999 No\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"Content-Length: 5\r\n\r\nd1:a",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 99999999999999\r\n\r\n",
        OK + b"Content-Length: 5x\r\n\r\nabcde",
        OK + b"Transfer-Encoding: gzip\r\n\r\n",
        OK + b"Content-Encoding: br\r\n\r\nx",
        OK + b"Content-Encoding: gzip\r\n\r\nnot packed",
        OK + b"Transfer-Encoding: chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabX0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\nab",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"x" * 100_000,
        OK + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
def test_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessage) as refused:
        response_body(raw)
    assert 0 <= refused.value.offset <= len(raw)


@pytest.mark.parametrize(("raw", "status", "body"), CASES)
def test_truncations_raise_only_malformed(raw: bytes, status: int, body: bytes) -> None:
    for end in range(len(raw)):
        try:
            found = response_body(raw[:end])
        except MalformedMessage:
            continue
        assert found[0] == status
        assert body.startswith(found[1]) or found[1].startswith(body)


def test_sizes_are_bounded() -> None:
    with pytest.raises(MalformedMessage):
        response_body(OK + b"\r\n" + b"x" * 11, max_body=10)
    with pytest.raises(MalformedMessage):
        response_body(
            OK + b"Transfer-Encoding: chunked\r\n\r\nb\r\n" + b"x" * 11 + b"\r\n0\r\n\r\n", max_body=10
        )


def test_the_head_of_a_response() -> None:
    raw = b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"
    status, head = response_head(raw)
    assert (status, head.fields, head.end) == (302, {b"location": b"/x"}, len(raw))


def test_heads() -> None:
    head = read_head(b"..GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\nbody", 2)
    assert (head.start, head.fields, head.end) == (b"GET / HTTP/1.1", {b"host": b"a"}, 38)


@given(st.binary(max_size=200), st.sampled_from([b"", OK, OK + b"Transfer-Encoding: chunked\r\n\r\n"]))
def test_random_bytes_raise_only_malformed(data: bytes, before: bytes) -> None:
    try:
        status, body = response_body(before + data)
    except MalformedMessage:
        return
    assert 200 <= status <= 599
    assert len(body) <= len(before + data)
