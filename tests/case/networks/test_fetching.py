# SPDX-License-Identifier: Apache-2.0
"""Fetching from a publisher on this very machine."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from swarmwitness.attribution.catalogue import CATALOGUE, Offer
from swarmwitness.attribution.sources import Told
from swarmwitness.case.networks.fetching import fetch, name_of
from swarmwitness.terms import InputError

BODY = b"192.0.2.0/24\n"


class Publisher(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.send_header("ETag", '"one"')
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: a test's output is its own."""


@pytest.fixture
def offer() -> Iterator[Offer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Publisher) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/list"
        yield Offer(
            "exits", url, "list", "Example", "Ask.", told=Told("exits", kind="vpn", service="tor_exit")
        )
        server.shutdown()


def test_a_file_comes_with_its_record_and_its_command(offer: Offer, tmp_path: Path) -> None:
    one = fetch(offer, tmp_path)
    assert one.fetched.path.read_bytes() == BODY
    assert one.fetched.path.name == f"exits-{one.day}.txt"
    record = json.loads((tmp_path / f"{one.fetched.path.name}.fetched.json").read_text())
    assert (record["sha256"], record["etag"], record["licence"]) == (one.fetched.sha256, '"one"', "Ask.")
    command = one.command("studio")
    for word in ("--source exits", "--kind vpn", "--service tor_exit", f"--as-of {one.day}", "--format list"):
        assert word in command
    with pytest.raises(InputError, match="is there already"):
        fetch(offer, tmp_path)


def test_nothing_is_fetched_without_a_folder_or_of_a_day_to_come(offer: Offer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        fetch(offer, tmp_path / "none")
    with pytest.raises(InputError, match="future"):
        fetch(offer, tmp_path, day=dt.date(9000, 1, 1))
    assert list(tmp_path.iterdir()) == []


def test_names_tell_the_day() -> None:
    day = dt.date(2025, 4, 2)
    told = {one.name: name_of(one, one.url_on(day), day) for one in CATALOGUE}
    assert told["routeviews"] == "routeviews-2025-04-02.bz2"
    assert told["aws"] == "aws-2025-04-02.json"
    assert len(set(told.values())) == len(CATALOGUE)
