# SPDX-License-Identifier: Apache-2.0
"""One file over HTTP(S), from servers of every temper on loopback."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from swarmwitness import __version__
from swarmwitness.terms import InputError
from swarmwitness.vantage.download import Limits, download

DATA = b"192.0.2.0/24\n" * 20_000
Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/file"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            asked.send_header(name.replace("_", "-"), value)
        asked.end_headers()
        asked.wfile.write(body)

    return answer


def test_a_file_comes_whole_with_what_the_server_said_of_it(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    asked: list[str] = []

    def answer(one: BaseHTTPRequestHandler) -> None:
        asked.append(f"{one.headers['User-Agent']} {one.headers['Accept-Encoding']}")
        says(200, DATA, Last_Modified="Wed, 02 Apr 2025 00:53:07 GMT", ETag='"x"')(one)

    with serving(answer) as url:
        found = download(
            url, tmp_path / "f", contact="a@example.org", on_progress=lambda n, of: seen.append((n, of))
        )
    assert (tmp_path / "f").read_bytes() == DATA
    assert (found.sha256, found.n_bytes) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert (found.last_modified, found.etag) == ("Wed, 02 Apr 2025 00:53:07 GMT", '"x"')
    assert found.date.endswith("GMT")
    assert found.fetched_at_us > 1_700_000_000_000_000
    assert seen[-1] == (len(DATA), len(DATA))
    assert asked == [f"swarmwitness/{__version__} (a@example.org) identity"]
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_redirects_are_followed_and_told(tmp_path: Path) -> None:
    def answer(one: BaseHTTPRequestHandler) -> None:
        (says(200, b"x") if one.path == "/end" else says(302, Location="/end"))(one)

    with serving(answer) as url:
        found = download(url, tmp_path / "f")
    assert (found.url, found.from_url) == (url, url.replace("/file", "/end"))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (says(404), "the server says 404"),
        (says(206, b"x"), "the server says 206"),
        (says(302, Location="/file"), "leads on more than 5 times"),
        (says(302), "leads to no https address"),
        (says(302, Location="file:///etc/passwd"), "is not https|no address"),
        (says(302, Location="http://192.0.2.1/"), "is not https"),
        (says(200, b"x" * 2000), "more than 1000 bytes"),
        (says(200, b"x", Content_Length="9" * 12), "more than 1000 bytes"),
        (says(200, b"x", Content_Length="500"), "no whole HTTP answer|500 bytes were promised"),
        (says(200, b"x", Content_Encoding="gzip"), "packs what was asked"),
        (lambda one: one.wfile.write(b"SSH-2.0-x\r\n"), "no whole HTTP answer"),
        (lambda one: None, "no whole HTTP answer|can't be fetched"),
    ],
)
def test_what_goes_wrong_is_one_line_and_leaves_no_file(tmp_path: Path, answer: Answer, why: str) -> None:
    with serving(answer) as url, pytest.raises(InputError, match=why) as refusal:
        download(url, tmp_path / "f", limits=Limits(max_bytes=1000, timeout_s=5))
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


def test_a_server_that_says_nothing_is_left(tmp_path: Path) -> None:
    let_go = threading.Event()

    def answer(one: BaseHTTPRequestHandler) -> None:
        let_go.wait(10)

    with serving(answer) as url:
        with pytest.raises(InputError, match="takes too long"):
            download(url, tmp_path / "f", limits=Limits(timeout_s=0.2))
        let_go.set()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/x", "is not https"),
        ("ftp://127.0.0.1/x", "is not https"),
        ("file:///etc/passwd", "no address"),
        ("https://user:word@example.org/", "no address"),
        ("https://example.org/a b", "no address"),
        ("https://example.org:99999/", "no address"),
        ("", "no address"),
        ("http://127.0.0.1:1/x", "can't be fetched"),
    ],
)
def test_where_nothing_is_fetched_from(tmp_path: Path, url: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        download(url, tmp_path / "f")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_left(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"mine")
    with serving(says(200, b"x")) as url, pytest.raises(InputError, match="is there already"):
        download(url, tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b"mine"


def test_a_contact_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="header line"):
        download("https://example.org/", tmp_path / "f", contact="a\r\nX: y")
