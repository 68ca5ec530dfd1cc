# SPDX-License-Identifier: Apache-2.0
"""What an export can tell of a case: logs as verified, files by hash, acts; nothing that names anybody."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.foreign import take_in
from swarmwitness.case.handover.record import KEPT, MOST_CHARACTERS, gather
from swarmwitness.case.logs import vantages
from swarmwitness.case.logs.publishing import publish_case
from swarmwitness.evidence import VerificationError
from swarmwitness.lab.authority import Authority
from swarmwitness.report.caseuco import render_case_uco
from swarmwitness.report.drafts import render_drafts
from swarmwitness.report.record import CUSTODY, OBSERVED, RUN
from swarmwitness.terms import InputError, Instant

AT = Instant(1_772_000_000_000_000_000)
LATER = Instant(1_773_000_000_000_000_000)


@pytest.fixture
def kept(small_case: Path, tmp_path: Path) -> Path:
    """The small case with its logs, and a vendor's table that was taken in."""
    create(small_case, name="", by="A. Custodian")
    vendor = tmp_path / "198.18.0.9.csv"
    vendor.write_text((small_case / "sightings" / "vendor.csv").read_text())
    take_in(small_case, [vendor], out=tmp_path / "bad", copy=True, by="A. Custodian", provenance="by courier")
    return small_case


def test_every_log_is_told_as_verified_now(kept: Path) -> None:
    logs = {log.name: log for log in gather(kept, run=None, at=AT).logs}
    assert list(logs) == ["evidence", "custody"]
    assert (logs["evidence"].holds, logs["custody"].holds) == (OBSERVED, CUSTODY)
    for log in logs.values():
        assert log.verified
        assert log.warnings == [KEPT], "where a checkpoint is kept on this machine is not told"
        assert log.vkey.startswith(f"{log.origin}+")
        assert log.checkpoint == (kept / log.name / "checkpoint").read_text()
        assert log.began_at <= log.sealed_at
        assert len(bytes.fromhex(log.root)) == 32


def test_a_foreign_table_is_told_with_hash_and_the_act_that_took_it_in(kept: Path) -> None:
    record = gather(kept, run=None, at=AT)
    foreign = [file for file in record.files if file.foreign]
    assert len(foreign) == 2
    for file in foreign:
        assert file.sha256 == hashlib.sha256((kept / "sightings" / "vendor.csv").read_bytes()).hexdigest()
    named = next(file for file in foreign if "vendor" not in file.name)
    assert named.name.startswith("sightings/addr-"), "a file's name can be an address"
    (act,) = record.named("intake")
    assert named.intake == act.reference
    assert "by courier" in act.on
    assert "198.18" not in act.on


def test_acts_are_told_without_seals_and_cut_where_they_are_very_long(kept: Path) -> None:
    with CaseActs(kept, "note", "B. Analyst") as acts:
        acts.record("note", on={"text": "x" * 50_000}, why="First <b>film</b> at 198.18.0.1")
    record = gather(kept, run=None, at=AT)
    assert record.seals == 4
    assert not record.named("log-sealed")
    (note,) = record.named("note")
    assert note.who == "B. Analyst"
    assert note.why.startswith("[title withheld]> at addr-")
    assert len(note.on) < MOST_CHARACTERS + 100
    assert "the act itself has all" in note.on


def test_torrents_whose_names_are_titles_are_told_by_hash(kept: Path) -> None:
    (kept / "torrents").mkdir(exist_ok=True)
    (kept / "torrents" / "A.Secret.Title.torrent").write_bytes(b"d4:infodee")
    told = [file.name for file in gather(kept, run=None, at=AT).files if file.name.startswith("torrents/")]
    assert told == [f"torrents/{hashlib.sha256(b'd4:infodee').hexdigest()[:12]}"]


def test_a_run_brings_its_findings_and_its_own_log(
    ran: tuple[Path, Path], tmp_path: Path, monkeypatch: Any
) -> None:
    case, out = ran
    monkeypatch.setenv("SWARMWITNESS_HOME", str(case.parent / "home"))
    record = gather(case, run=out, at=AT)
    assert [(log.name, log.holds) for log in record.logs] == [("custody of the run", RUN)]
    assert record.run is not None
    assert len(record.findings) > 10
    assert record.notes == ["this case keeps no custody log: what people did on it is not on record"]


def test_another_vantage_is_one_of_the_logs(
    kept: Path, watched_log: Callable[..., Any], tmp_path: Path
) -> None:
    watched_log(tmp_path / "far" / "evidence", "far.example/oslo", vantage="oslo")
    vantages.take_in(kept, [tmp_path / "far" / "evidence"], by="A. Analyst", provenance="sent")
    record = gather(kept, run=None, at=AT)
    assert record.logs[-1].origin == "far.example/oslo"
    assert record.logs[-1].holds == OBSERVED
    assert [line.log for line in record.acts if line.act == "observe-end"] == [record.logs[-1].name]


def test_an_encrypted_log_is_told_without_its_key(
    kept: Path, watched_log: Callable[..., Any], tmp_path: Path
) -> None:
    watched_log(tmp_path / "far" / "evidence", "far.example/oslo", content_key=b"k" * 32)
    vantages.take_in(kept, [tmp_path / "far" / "evidence"], by="A. Analyst", provenance="sent")
    far = gather(kept, run=None, at=AT).logs[-1]
    assert far.verified
    assert far.encrypted > 0


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_what_a_time_authority_says_is_told_with_its_exhibit(kept: Path, tmp_path: Path) -> None:
    with Authority.start(tmp_path / "authority") as authority:
        (kept / "roots.pem").write_bytes(authority.roots_pem)
        toml = kept / "case.toml"
        named = f'\n[time]\nauthority = "{authority.url}"\ncertificate = "roots.pem"\n'
        toml.write_text(toml.read_text() + named)
        publish_case(kept)
    record = gather(kept, run=None, at=AT)
    evidence = record.logs[0]
    (token,) = evidence.tokens
    assert token.reference.startswith(f"log:{evidence.origin}/")
    assert 0 < token.size < evidence.size
    assert token.at[:19] >= evidence.began_at[:19], "authorities often state whole seconds"
    assert token.authority
    assert set(token.verified_by) == {"openssl", "rfc3161-client"}
    assert any("existed by" in sentence for sentence in evidence.assurance)
    page = render_drafts(record)["certificate-902-13.html"].decode()
    assert f"evidence#{token.reference.rpartition('/')[2]}" in page
    assert "timestamped" in render_case_uco(record)


def test_nothing_that_leaves_holds_an_address_a_masked_title_or_a_place_of_this_machine(
    kept: Path, watched_log: Callable[..., Any], tmp_path: Path
) -> None:
    watched_log(tmp_path / "far" / "evidence", "far.example/oslo", vantage="oslo")
    vantages.take_in(kept, [tmp_path / "far" / "evidence"], by="198.18.0.1", provenance="from 198.18.1.1")
    with CaseActs(kept, "note", "A. Analyst") as acts:
        acts.record("note", on={"text": "First <b>film</b>"}, why="First <b>film</b> at 2001:db8::1")
    record = gather(kept, run=None, at=AT)
    leaving = [render_case_uco(record).encode(), *render_drafts(record).values()]
    for content in leaving:
        for kept_back in (b"198.18.", b"2001:db8", b"First <b", b"First &lt;b", str(tmp_path).encode()):
            assert kept_back not in content


def test_the_same_case_is_told_in_the_same_bytes_at_any_time(kept: Path) -> None:
    first, second = (gather(kept, run=None, at=at) for at in (AT, LATER))
    assert render_case_uco(first) == render_case_uco(second)
    assert replace(first, made_at="") == replace(second, made_at="")


def test_from_evidence_that_fails_nothing_is_told(kept: Path) -> None:
    segment = next((kept / "custody" / "segments").iterdir())
    damaged = bytearray(segment.read_bytes())
    damaged[-40] ^= 1
    segment.write_bytes(damaged)
    with pytest.raises(VerificationError):
        gather(kept, run=None, at=AT)


def test_a_case_that_names_no_authority_says_so(kept: Path) -> None:
    toml = kept / "case.toml"
    toml.write_text(toml.read_text().replace("synthetic = true", ""))
    assert "names no [authority]" in gather(kept, run=None, at=AT).notes[0]


def test_a_folder_that_is_no_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no case"):
        gather(tmp_path, run=None, at=AT)
