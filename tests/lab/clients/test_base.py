# SPDX-License-Identifier: Apache-2.0
"""A client is started in its home, waited for, and ended; one that ends or hangs is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from swarmwitness.lab.clients.base import Account, ClientProcess, Content, Setup, first_line, free_port
from swarmwitness.lab.torrents import LabTorrent
from swarmwitness.terms import InputError


class Sleeper(ClientProcess):
    """A program that does what its words say."""

    kind = "sleeper"
    program = sys.executable
    words = "import time; print('up', flush=True); time.sleep(60)"

    @classmethod
    def version(cls) -> str:
        return "1"

    def start(self) -> None:
        self.launch([self.program, "-c", self.words])

    def ready(self) -> bool:
        return "up" in Path(self.log).read_text()

    def accounts(self) -> dict[str, Account]:
        return {"a": Account(3, 0, True), "b": Account(4, 0, True)}


class Failing(Sleeper):
    """One that ends at once."""

    words = "raise SystemExit(3)"


class Absent(Sleeper):
    """One that is not there."""

    program = "no-such-client"


def setup(home: Path) -> Setup:
    """One that plays nothing."""
    return Setup(home / "home", "127.0.0.1", 6881, ())


def test_it_is_started_waited_for_and_ended(tmp_path: Path) -> None:
    client = Sleeper(setup(tmp_path))
    client.start()
    client.wait_ready(20)
    assert client.uploaded_bytes() == 7
    client.stop()
    client.stop()


def test_one_that_ends_is_named_with_its_status(tmp_path: Path) -> None:
    client = Failing(setup(tmp_path))
    client.start()
    with pytest.raises(InputError, match="status 3"):
        client.wait_ready(20)
    client.stop()


def test_one_that_takes_too_long_is_named(tmp_path: Path) -> None:
    client = Sleeper(setup(tmp_path))
    client.start()
    with pytest.raises(InputError, match="does not answer"):
        client.wait_for(lambda: False, "does not answer", 0.3)
    client.stop()


def test_a_missing_program_is_a_line() -> None:
    assert Sleeper.missing() == ""
    assert Absent.missing() == "no-such-client is not installed: sleeper is left out"


def test_content_has_one_name(tmp_path: Path) -> None:
    made = LabTorrent("F", "v2", tmp_path / "F.torrent", tmp_path, "", "b" * 64, ())
    assert Content.of(made).info_hash == "b" * 40
    assert Content.of(made, tmp_path / "down").folder == tmp_path / "down"


def test_small_helpers() -> None:
    assert 0 < free_port() < 65536
    assert first_line(sys.executable, "-c", "print('one'); print('two')") == "one"
    assert Setup(Path("x"), "2001:2::1", 1, ()).v6
