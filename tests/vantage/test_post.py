# SPDX-License-Identifier: Apache-2.0
"""One POST against servers of every temper, over TCP and over TLS."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from swarmwitness.vantage.post import Answer, post

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nreply"


async def asked(peers, answer: bytes, *, url: str = "http://{}/tsa", **limits: float) -> tuple[Answer, bytes]:
    """What came back from a server that answers so, and what it had read."""
    read = bytearray()

    async def serve(reader, writer):
        read.extend(await reader.readuntil(b"\r\n\r\n"))
        read.extend(await reader.readexactly(4))
        writer.write(answer)
        await writer.drain()

    bounds = {"timeout_s": 5.0, "most_bytes": 100, **limits}
    async with peers.peer(serve) as where:
        return await post(url.format(where), b"BODY", "application/x", **bounds), bytes(read)


def test_a_request_is_whole_and_truthful(peers) -> None:
    answer, read = asyncio.run(asked(peers, OK, url="http://{}/tsa/stamp?v=1"))
    assert answer == Answer(200, b"reply")
    lines = read.split(b"\r\n")
    assert lines[0] == b"POST /tsa/stamp?v=1 HTTP/1.1"
    assert lines[1].startswith(b"Host: 127.0.0.")
    assert lines[2].startswith(b"User-Agent: swarmwitness/")
    assert lines[3:] == [
        b"Content-Type: application/x",
        b"Content-Length: 4",
        b"Connection: close",
        b"",
        b"BODY",
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n7\n", Answer(409, b"7\n")),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", Answer(200, b"to the end")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", Answer(200, b"ab")),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", Answer(302)),
        (b"", Answer(0, b"", "eof")),
        (b"SSH-2.0-x\r\n\r\n", Answer(0, b"SSH-2.0-x\r\n\r\n", "not_http")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nreply", None),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(101), None),
    ],
)
def test_every_answer_is_an_outcome(peers, raw: bytes, expected: Answer | None) -> None:
    answer, _ = asyncio.run(asked(peers, raw))
    if expected is None:
        assert (answer.status, answer.outcome) == (0, "not_http")
        assert len(answer.body) <= 100
    else:
        assert answer == expected


def test_a_flood_is_cut_off(peers) -> None:
    answer, _ = asyncio.run(asked(peers, b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1 << 20)))
    assert (answer.status, answer.outcome) == (0, "too_long")
    assert len(answer.body) == 100


def test_silence_and_dripping_end_with_the_time(peers) -> None:
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"a: b\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def run() -> Answer:
        async with peers.peer(drip) as where:
            return await post(f"http://{where}/", b"", "a/b", timeout_s=0.4, most_bytes=100)

    began = time.monotonic()
    answer = asyncio.run(run())
    assert answer.outcome == "timeout"
    assert time.monotonic() - began < 3
    assert answer.body.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://127.0.0.1/",
        "http://",
        "http:///path",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/a\r\nX: y",
        "http://127.0.0.1/\xfc",
        "http://[::1/",
    ],
)
def test_what_is_no_url_to_post_to_is_not_tried(url: str) -> None:
    answer = asyncio.run(post(url, b"", "a/b", timeout_s=1, most_bytes=10))
    # urlsplit takes line ends out, as browsers do; what is left may be a URL, and then nobody is there.
    assert answer.outcome in ({"bad_url"} if "\r" not in url else {"bad_url", "refused", "not_http"})
    assert answer.status == 0


def test_nobody_there_is_an_outcome() -> None:
    for url in ("http://127.0.0.1:9/", "https://127.0.0.1:9/"):
        assert asyncio.run(post(url, b"", "a/b", timeout_s=5, most_bytes=10)) == Answer(0, b"", "refused")
    answer = asyncio.run(post("http://no-such-name.invalid/", b"", "a/b", timeout_s=5, most_bytes=10))
    assert answer.outcome in {"no_such_name", "timeout"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("`openssl` is not installed")
    folder = tmp_path_factory.mktemp("tls")
    line = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    line += ["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost", "-days", "2"]
    line += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(line, cwd=folder, capture_output=True, timeout=20, check=True)
    return folder


def test_tls_is_spoken_and_strangers_are_not_trusted(certificate: Path) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    trusting = ssl.create_default_context(cafile=str(certificate / "cert.pem"))

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\nBODY")
        writer.write(OK)
        await writer.drain()

    async def run() -> tuple[Answer, Answer]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ours)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        try:
            good = await post(url, b"BODY", "a/b", timeout_s=5, most_bytes=10, tls=trusting)
            return good, await post(url, b"BODY", "a/b", timeout_s=5, most_bytes=10)
        finally:
            server.close()

    assert asyncio.run(run()) == (Answer(200, b"reply"), Answer(0, b"", "tls"))
