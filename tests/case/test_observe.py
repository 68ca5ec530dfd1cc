# SPDX-License-Identifier: Apache-2.0
"""`observe` on a swarm in which nobody is: outcomes, a sealed log, and live rows equal to replayed ones."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from swarmwitness.case import home
from swarmwitness.case.create import create
from swarmwitness.case.logs.verification import verify
from swarmwitness.case.observe import observe
from swarmwitness.evidence import read
from swarmwitness.evidence import verify as verify_log
from swarmwitness.evidence.time import Trust
from swarmwitness.lab.authority import Authority
from swarmwitness.observation import replay
from swarmwitness.terms import InputError
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire import bencode

INFO = {b"length": 4, b"name": b"work.bin", b"piece length": 16384, b"pieces": hashlib.sha1(b"work").digest()}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    root = create(tmp_path / "case", name="case", synthetic=True).root
    # Port 9 (discard) on loopback: nobody listens, so the announce is refused at once.
    torrent = {b"announce": b"http://127.0.0.1:9/announce", b"info": INFO}
    (root / "torrents" / "work.torrent").write_bytes(bencode.encode(torrent))
    return root


def test_a_tracker_that_is_not_there_is_an_outcome(case: Path) -> None:
    rows: list[Sighting] = []
    summary = observe(case, seconds=1.2, on_row=rows.append)
    assert summary.summary is not None
    assert summary.summary.announces["refused"] >= 1
    assert summary.bytes_of_works_uploaded == 0
    assert rows == list(replay(case / "evidence"))
    assert summary.n_rows == len(rows)
    assert verify(case).ok
    assert summary.checkpoint_file.read_bytes() == (case / "evidence" / "checkpoint").read_bytes()
    assert summary.to_json()["ended"] == "deadline"


def test_a_second_watch_goes_on_with_the_log(case: Path) -> None:
    first = observe(case, seconds=0.5).exhibits
    assert observe(case, seconds=0.5).exhibits > first
    assert verify(case).ok


def test_a_log_of_somebody_else_is_not_written(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(InputError, match="made elsewhere"):
        observe(case, seconds=0.5)


def acts_of(case: Path) -> list[dict[str, object]]:
    return [json.loads(e.payload) for _, e in read(case / "evidence") if e.kind == "act"]


def test_a_case_without_its_log_is_not_given_one_silently(case: Path) -> None:
    shutil.rmtree(case / "evidence")
    with pytest.raises(InputError, match="`swarmwitness init CASE` begins one"):
        observe(case, seconds=0.5)
    assert not (case / "evidence").exists()


def test_the_act_holds_the_hash_of_case_toml_and_the_file_is_an_exhibit(case: Path) -> None:
    raw = (case / "case.toml").read_bytes()
    observe(case, seconds=0.3)
    (act,) = [said for said in acts_of(case) if said["act"] == "observe"]
    assert act["on"]["case_toml_sha256"] == hashlib.sha256(raw).hexdigest()
    assert act["how"].endswith(" observe")
    assert [e.payload for _, e in read(case / "evidence") if e.kind == "case-toml"] == [raw]


def test_without_an_authority_a_watch_says_so_once(case: Path) -> None:
    observe(case, seconds=0.6)
    absent = [said for said in acts_of(case) if said["act"] == "time-absent"]
    assert [said["why"] for said in absent] == ["none is configured"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="`openssl` is not installed")
def test_a_watch_is_published_at_its_start_and_its_end(case: Path, tmp_path: Path) -> None:
    with Authority.start(tmp_path / "authority") as authority:
        (case / "tsa.pem").write_bytes(authority.roots_pem)
        with (case / "case.toml").open("a") as out:
            out.write(f'\n[time]\nauthority = "{authority.url}"\ncertificate = "tsa.pem"\n')
        rows: list[Sighting] = []
        observe(case, seconds=1.2, on_row=rows.append)
    report = verify_log(case / "evidence", trust=Trust(authority.roots_pem))
    assert report.ok, report.failures
    assert report.assurance is not None
    assert 1 <= len(report.assurance.tokens) <= 2, "the first may be cut off where the machine is slow"
    # Behind the last token stand the token itself and the seal.
    assert report.assurance.published == report.size - 2
    assert rows == list(replay(case / "evidence"))


def test_an_encrypted_case_is_observed_and_read_with_its_key(case: Path) -> None:
    text = (case / "case.toml").read_text()
    (case / "case.toml").write_text(text + "\n[privacy]\nencrypt = true\n")
    rows: list[Sighting] = []
    summary = observe(case, seconds=0.6, on_row=rows.append)
    report = verify_log(case / "evidence")
    assert report.ok, report.failures
    assert report.encrypted > 0
    key = home.content_key(summary.origin, make=False)
    assert rows == list(replay(case / "evidence", content_key=key))
    assert b"announce" not in b"".join(p.read_bytes() for p in (case / "evidence" / "segments").iterdir())


def test_who_did_not_vouch_is_told(case: Path) -> None:
    assert "not vouched for: no time authority: none is configured" in observe(case, seconds=0.3).warnings
    with (case / "case.toml").open("a") as out:
        out.write('\n[time]\nauthority = "http://127.0.0.1:9/"\n')
    said = observe(case, seconds=0.3).warnings
    assert any(line.startswith("not vouched for: time from http://127.0.0.1:9/: refused") for line in said)
