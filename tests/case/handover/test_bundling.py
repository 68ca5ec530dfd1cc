# SPDX-License-Identifier: Apache-2.0
"""A bundle of a case: what is in it, what is recorded, what is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import bagit
import pytest

from swarmwitness.case import home
from swarmwitness.case.config import read_config
from swarmwitness.case.custody.acts import CaseActs, read_acts
from swarmwitness.case.custody.erasing import erase
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.handover import bundling
from swarmwitness.case.handover.bundletables import support_of
from swarmwitness.case.handover.bundling import Asked, bundle
from swarmwitness.case.logs.vantages import take_in
from swarmwitness.case.pseudonyms import pseudonyms_of
from swarmwitness.case.run import run
from swarmwitness.evidence import VerificationError, VerifyKey
from swarmwitness.evidence.bundle import verify_bundle
from swarmwitness.evidence.bundle.layout import logs_from_wire
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError

SEED, LEECHER, TRACKER = "198.51.100.7", "198.51.100.8", "192.0.2.80"


def everything_in(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def logs_of(out: Path) -> dict[str, Any]:
    return {log.name: log for log in logs_from_wire((out / "data" / "logs.json").read_bytes())}


def rows_of(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((out / "data/rows/sightings.csv").read_text())))


def test_a_closed_bundle_holds_pseudonyms_and_verifies(observed: Any, tmp_path: Path) -> None:
    config = read_config(observed.root)
    pseudonym = pseudonyms_of(observed.root, config).of(SEED)
    out = tmp_path / "out"
    made = bundle(observed.root, out, Asked(Scope(addresses=(pseudonym,)), by="Ada"))
    report = verify_bundle(out)
    assert report.ok, report.failures
    evidence = logs_of(out)["evidence"]
    seed = Ranges.of([*observed.of["seed"], *observed.of["tracker"]])
    assert not seed - evidence.chosen
    assert not evidence.chosen & Ranges.of(observed.of["leecher"]), "no more than was asked for"
    assert not evidence.opened & seed, "closed"
    rows = rows_of(out)
    assert rows
    assert {row["ip"] for row in rows if row["source"] == "outbound"} == {pseudonym}
    held = everything_in(out)
    for ip in (SEED, LEECHER, TRACKER):
        assert ip.encode() not in held
    assert made.filter == f'address in ("{pseudonym}")'
    assert f"Swarmwitness-Filter: {made.filter}\n".encode() in (out / "bag-info.txt").read_bytes()
    assert (out.stat().st_mode & 0o777, (out / "bagit.txt").stat().st_mode & 0o777) == (0o700, 0o600)


def test_strangers_tools_accept_it(observed: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bundle(observed.root, out, Asked(Scope(works=("w1",)), by="Ada"))
    assert bagit.Bag(str(out)).is_valid()
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        line = ["sha256sum", "--strict", "--quiet", "-c", manifest]
        assert subprocess.run(line, cwd=out, capture_output=True, check=True).stdout == b""
    line = [sys.executable, "-I", "-S", "data/verify_standalone.py", "--json"]
    done = subprocess.run(line, cwd=out, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["ok"] is True


def test_it_is_an_act_before_and_after(observed: Any, tmp_path: Path) -> None:
    made = bundle(
        observed.root, tmp_path / "out", Asked(Scope(works=("w1",)), why="for the defence", by="Ada")
    )
    acts = {act.act: act for act in read_acts(observed.root)}
    assert acts["bundle"].on == {"filter": 'work in ("w1")', "opened": False, "out": "out"}
    assert (acts["bundle"].who, acts["bundle"].why) == ("Ada", "for the defence")
    assert acts["bundle-made"].result["manifest_sha256"] == made.manifest_sha256
    assert acts["bundle-made"].reference == made.act
    within = (tmp_path / "out" / "data" / "custody.csv").read_text()
    assert "bundle" in within, "the bundle holds the act that made it"
    assert "bundle-made" not in within


def test_an_opened_bundle_holds_the_exhibits(observed: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = bundle(observed.root, out, Asked(Scope(works=("w1",)), opened=True, why="order 12", by="Ada"))
    evidence = logs_of(out)["evidence"]
    assert evidence.opened == evidence.chosen
    assert made.opened == made.exhibits
    assert verify_bundle(out).ok


def test_opening_needs_a_reason_and_an_authority(observed: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="reason"):
        bundle(observed.root, tmp_path / "out", Asked(Scope(works=("w1",)), opened=True))
    toml = observed.root / "case.toml"
    toml.write_text(toml.read_text().replace("synthetic = true", "synthetic = false"))
    with pytest.raises(InputError, match="authority"):
        bundle(observed.root, tmp_path / "out", Asked(Scope(works=("w1",)), opened=True, why="order 12"))
    assert not (tmp_path / "out").exists()


def test_a_finding_brings_its_exhibits(observed: Any, tmp_path: Path) -> None:
    run(observed.root, tmp_path / "run")
    findings = json.loads((tmp_path / "run" / "findings.json").read_text())["findings"]
    name = next(finding["id"] for finding in findings if finding["counts"])
    out = tmp_path / "out"
    bundle(observed.root, out, Asked(None, finding=name, run=tmp_path / "run", by="Ada"))
    told = json.loads((out / "data/results/findings.json").read_text())["findings"]
    assert [finding["id"] for finding in told] == [name]
    support = list(csv.DictReader(io.StringIO((out / "data/results/support.csv").read_text())))
    chosen = logs_of(out)["evidence"].chosen
    assert support
    assert all(int(row["exhibit"].rpartition("/")[2]) in chosen for row in support)
    assert verify_bundle(out).ok
    assert re.search(rf"Swarmwitness-Filter: finding {name}", (out / "bag-info.txt").read_text())
    with pytest.raises(InputError, match="no finding"):
        bundle(observed.root, tmp_path / "no", Asked(None, finding="Q99", run=tmp_path / "run"))


def test_what_a_finding_cites_and_was_erased_since_shows_as_a_gap(observed: Any, tmp_path: Path) -> None:
    run(observed.root, tmp_path / "run")
    findings = json.loads((tmp_path / "run" / "findings.json").read_text())["findings"]
    asked = Asked(None, finding=next(f["id"] for f in findings if f["counts"]), run=tmp_path / "run")
    cited = len(support_of(tmp_path / "run", asked.finding))
    bundle(observed.root, tmp_path / "before", asked)
    seed = pseudonyms_of(observed.root, read_config(observed.root)).of(SEED)
    gone = erase(observed.root, Scope(addresses=(seed,)), why="a request")
    made = bundle(observed.root, tmp_path / "after", asked)
    logs = logs_of(tmp_path / "after")["evidence"]
    assert 0 < len(logs.erased) <= gone.exhibits
    assert not logs.erased & logs.opened
    assert any(f"{len(logs.erased)} exhibits that the finding cites were erased" in n for n in made.notes)
    told = (tmp_path / "after" / "data/results/support.csv").read_text()
    assert told == (tmp_path / "before" / "data/results/support.csv").read_text()
    assert cited == len(told.splitlines()) - 1
    report = verify_bundle(tmp_path / "after")
    assert report.ok, report.failures
    script = tmp_path / "after" / "data" / "verify_standalone.py"
    assert subprocess.run([sys.executable, "-I", "-S", script], check=False).returncode == 0


def test_what_is_refused(observed: Any, tmp_path: Path) -> None:
    asked = Asked(Scope(works=("w1",)))
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="exists"):
        bundle(observed.root, tmp_path / "there", asked)
    with pytest.raises(InputError, match="lies in the case folder"):
        bundle(observed.root, observed.root / "out", asked)
    with pytest.raises(InputError, match="no such folder"):
        bundle(observed.root, tmp_path / "no" / "where", asked)
    with pytest.raises(InputError, match="means no exhibit"):
        bundle(observed.root, tmp_path / "out", Asked(Scope(since=1, until=2)))
    with pytest.raises(InputError, match="say what is meant"):
        bundle(observed.root, tmp_path / "out", Asked(None))
    assert not (tmp_path / "out").exists()


def test_too_much_is_refused_before_anything_is_written(
    observed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "MOST_EXHIBITS", 3)
    with pytest.raises(InputError, match="narrow the filter"):
        bundle(observed.root, tmp_path / "out", Asked(Scope(works=("w1",))))


def test_a_case_that_fails_is_not_bundled(observed: Any, tmp_path: Path) -> None:
    size = read_checkpoint(observed.root / "custody").size
    segment = next((observed.root / "evidence" / "segments").iterdir())
    raw = bytearray(segment.read_bytes())
    raw[-1] ^= 1
    segment.write_bytes(raw)
    with pytest.raises(VerificationError):
        bundle(observed.root, tmp_path / "out", Asked(Scope(works=("w1",))))
    assert not (tmp_path / "out").exists()
    assert read_checkpoint(observed.root / "custody").size == size, "nothing was begun"


def test_a_writer_at_work_is_waited_for_by_nobody(observed: Any, tmp_path: Path) -> None:
    from swarmwitness.case.custody.acts import open_log

    with open_log(observed.root / "evidence", observed.origin), pytest.raises(InputError, match="writer"):
        bundle(observed.root, tmp_path / "out", Asked(Scope(works=("w1",))))


def test_what_the_receiver_holds_is_compared(observed: Any, tmp_path: Path) -> None:
    held = read_checkpoint(observed.root / "evidence").to_wire()
    with CaseActs(observed.root, "test", "Ada") as acts:
        acts.record("note", on={}, why="later")
        key = VerifyKey.of(acts.origin, home.signing_key(acts.origin, make=False))
    bundle(observed.root, tmp_path / "out", Asked(Scope(works=("w1",))))
    report = verify_bundle(tmp_path / "out", key=key, checkpoint=held)
    assert report.ok
    assert not any("no key" in warning for warning in report.warnings)


def test_addresses_in_names_leave_no_bundle(observed: Any, tmp_path: Path, watched_log: Any) -> None:
    """Case, set, actor, name of a vantage and of files, however they are spelled."""
    toml = observed.root / "case.toml"
    text = toml.read_text().replace('name = "observed"', 'name = "Peer ip:2001:db8::77 203.0.113.077"')
    toml.write_text(text.replace('name = "corporate"', 'name = "holder 300.203.0.113.78"'))
    (observed.root / "networks" / "203.0.113.79.csv").write_text("prefix,org_id\n")
    watched_log(tmp_path / "van", "other.example/log", vantage="at 203.0.113.80", peers=(SEED,))
    take_in(observed.root, [tmp_path / "van"], by="Ada")
    run(observed.root, tmp_path / "run")
    (observed.root / "networks" / "203.0.113.79.csv").write_text("prefix,org_id,org_name\n")
    out = tmp_path / "out"
    bundle(observed.root, out, Asked(Scope(), run=tmp_path / "run", why="ip:2001:db8::81", by="203.0.113.82"))
    assert verify_bundle(out).ok
    told = everything_in(out) + b64decode(json.loads((out / "statement.dsse.json").read_text())["payload"])
    for spelled in (b"203.0.113.", b"203-0-113", b"203.000", b"2001:db8", SEED.encode()):
        assert spelled not in told, spelled
