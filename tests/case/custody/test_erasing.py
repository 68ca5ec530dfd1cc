# SPDX-License-Identifier: Apache-2.0
"""Erasure: announced, whole connections, never what is held; proofs of everything else stand."""

from __future__ import annotations

import os
import signal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.case.custody import erasing
from swarmwitness.case.custody.acts import CaseActs, open_log, read_acts
from swarmwitness.case.custody.erasing import erase
from swarmwitness.case.custody.holding import hold, release
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.logs.verification import verify
from swarmwitness.evidence import EvidenceLog, VerificationError, read
from swarmwitness.evidence.merkle import leaf_hash
from swarmwitness.evidence.proofs import ProofMaker, verifies_inclusion
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import durable_size, read_bodies, read_checkpoint
from swarmwitness.evidence.segment import entry_of
from swarmwitness.terms import InputError
from swarmwitness.vantage import Clock

LEECHER = b"\xc6\x33\x64\x08"
CORPORATE = Scope(sets=("corporate",))


def left(case: Any) -> set[int]:
    return {index for index, _ in read(case.root / "evidence")}


def test_content_goes_and_everything_else_stands(observed: Any) -> None:
    evidence = observed.root / "evidence"
    before, old, seed = left(observed), read_checkpoint(evidence), observed.of["seed"][0]
    proof = ProofMaker(evidence, old.size).inclusion(seed)
    done = erase(observed.root, CORPORATE, why="request of the person", by="Ada")
    spans = observed.text("tracker", "dead", "leecher")
    assert (done.ranges, done.exhibits, done.held) == (spans, len(Ranges.from_text(spans)), 0)
    assert before - left(observed) == set(Ranges.from_text(spans))
    assert LEECHER not in b"".join(p.read_bytes() for p in (evidence / "segments").iterdir())
    assert verify(observed.root).ok
    ((_, body),) = read_bodies(evidence, Ranges.of([seed]))
    leaf = leaf_hash(entry_of(sha256(body).digest()))
    assert verifies_inclusion(seed, old.size, leaf, proof, old.root), "a proof of before the erasure"


def test_the_acts_tell_it_in_both_logs(observed: Any) -> None:
    done = erase(observed.root, CORPORATE, why="request of 198.51.100.8", by="Ada")
    rows = [row for row in read_acts(observed.root) if row.act in ("erase", "erased", "erasure")]
    asked, announced, mirrored = rows
    assert [row.log for row in rows] == ["custody", "evidence", "custody"]
    assert announced.reference == done.reference
    assert {row.who for row in rows} == {"Ada"}
    assert all("request of addr-" in row.why for row in rows)
    for row in (asked, announced):
        assert isinstance(row.on, dict)
        assert (row.on["ranges"], row.on["scope"]) == (done.ranges, 'set in ("corporate")')
    assert mirrored.result == {"erased": done.exhibits}
    assert asked.at < announced.at < mirrored.at


def test_what_is_held_is_refused_until_it_is_released(observed: Any) -> None:
    laid = hold(observed.root, Scope(works=("w1",)), why="litigation")
    before = left(observed)
    with pytest.raises(InputError, match=laid.hold):
        erase(observed.root, CORPORATE, why="request")
    assert left(observed) == before
    release(observed.root, laid.hold, why="settled")
    assert erase(observed.root, CORPORATE, why="request").exhibits > 0
    assert verify(observed.root).ok


def test_who_goes_around_the_software_is_caught(observed: Any) -> None:
    hold(observed.root, Scope(works=("w1",)), why="litigation")
    seed = Ranges.of(observed.of["seed"])
    with (
        CaseActs(observed.root, "test") as acts,
        open_log(observed.root / "evidence", observed.origin) as log,
    ):
        act = acts.act("erased", on={"ranges": seed.to_text()})
        log.erase(seed, act.to_exhibit(acts.clock.read()))
    verdict = verify(observed.root)
    assert not verdict.ok
    assert "erased_under_hold" in str(verdict.to_json())


def test_nothing_meant_and_no_reason_are_refused(observed: Any) -> None:
    with pytest.raises(InputError, match="nothing in evidence/ is meant"):
        erase(observed.root, Scope(since=4_000_000_000_000_000), why="request")
    with pytest.raises(InputError, match="reason"):
        erase(observed.root, CORPORATE, why="")
    assert not [row for row in read_acts(observed.root) if row.act == "erase"]


def test_a_running_observer_and_a_foreign_key_are_refused(observed: Any, monkeypatch: Any) -> None:
    with (
        open_log(observed.root / "evidence", observed.origin),
        pytest.raises(InputError, match="another process"),
    ):
        erase(observed.root, CORPORATE, why="request")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(observed.root.parent / "elsewhere"))
    with pytest.raises(InputError, match="key"):
        erase(observed.root, CORPORATE, why="request")


def test_evidence_in_doubt_is_not_erased(observed: Any) -> None:
    (segment,) = (observed.root / "evidence" / "segments").iterdir()
    raw = bytearray(segment.read_bytes())
    raw[-200] ^= 1
    segment.write_bytes(raw)
    with pytest.raises(VerificationError):
        erase(observed.root, CORPORATE, why="request")
    assert segment.read_bytes() == raw


def killed(case: Any, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is killed as it calls `EvidenceLog.<at>` for the second time or the first."""
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(EvidenceLog, at, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        erase(case.root, CORPORATE, why="request")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_the_asking_is_sealed_before_anything_is_erased(
    observed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(observed, "erase", monkeypatch)
    assert [row.act for row in read_acts(observed.root)].count("erase") == 1
    assert not [row for row in read_acts(observed.root) if row.act == "erased"]
    assert verify(observed.root).ok


def test_what_was_announced_and_not_done_is_done_next_unless_held(
    observed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(observed, "_carry_out", monkeypatch)
    spans = Ranges.from_text(observed.text("tracker", "dead", "leecher"))
    assert set(spans) <= left(observed), "announced, and still there"
    assert verify(observed.root).ok
    laid = hold(observed.root, Scope(works=("w1",)), why="litigation")
    with pytest.raises(InputError, match=laid.hold):
        erase(observed.root, Scope(works=("w1",)), why="more")
    release(observed.root, laid.hold, why="settled")
    with CaseActs(observed.root, "test") as acts:
        erasing.writer(acts).close()
    assert not set(spans) & left(observed)
    assert verify(observed.root).ok


def test_other_vantages_are_left_and_counted(observed: Any, watched_log: Any, tmp_path: Path) -> None:
    watched_log(tmp_path / "other" / "evidence", "example.org/other", peers=("198.51.100.8",))
    from swarmwitness.case.logs import vantages

    vantages.take_in(observed.root, [tmp_path / "other" / "evidence"])
    done = erase(observed.root, CORPORATE, why="request")
    (name,) = done.elsewhere
    assert name.startswith("vantages/")
    assert done.elsewhere[name] > 0
    assert verify(observed.root).ok


def test_encrypted_conversations_are_erased_too(observed: Any, converse_on: Any) -> None:
    key = home.content_key(observed.origin, make=True)
    with open_log(observed.root / "evidence", observed.origin, key) as log:
        more = converse_on(log)
    home.keep_checkpoint(observed.origin, observed.root / "evidence")
    done = erase(observed.root, CORPORATE, why="request")
    erased = Ranges.from_text(done.ranges)
    for name in ("tracker", "dead", "leecher"):
        assert set(more[name]) | set(observed.of[name]) <= set(erased)
    assert not set(more["seed"]) & set(erased)
    assert verify(observed.root).ok
    home.content_key_file(observed.origin).unlink()
    with pytest.raises(InputError, match="content key is not here"):
        erase(observed.root, Scope(works=("w1",)), why="more")


def test_a_run_goes_on_with_what_is_left(observed: Any, tmp_path: Path) -> None:
    from swarmwitness.case.run import run

    erase(observed.root, CORPORATE, why="request")
    summary = run(observed.root, tmp_path / "out")
    (everybody,) = [c for c in summary.counts if (c["set"], c["scope"]) == ("everyone", "all")]
    assert (everybody["addresses"], everybody["works"]) == (1, 1), (
        "the seed; the answer that listed it is gone"
    )
    assert "198.51.100.8" not in (tmp_path / "out" / "findings.json").read_text()


def test_an_erasure_that_died_unsealed_came_before_the_hold(
    observed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its act is durable, and sealed only after the hold was laid: it came first all the same."""
    publish = EvidenceLog._publish

    def killed_in_evidence(log: EvidenceLog) -> Any:
        if log.origin == observed.origin:
            os.kill(os.getpid(), signal.SIGKILL)
        return publish(log)

    child = os.fork()
    if child == 0:
        monkeypatch.setattr(EvidenceLog, "_publish", killed_in_evidence)
        erase(observed.root, CORPORATE, why="request")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert durable_size(observed.root / "evidence") > read_checkpoint(observed.root / "evidence").size
    laid = hold(observed.root, Scope(works=("w1",)), why="litigation")
    with open_log(observed.root / "evidence", observed.origin) as log:
        log.seal(Clock().read())
    home.keep_checkpoint(observed.origin, observed.root / "evidence")
    assert verify(observed.root).ok, "nothing was erased under the hold"
    with pytest.raises(InputError, match=laid.hold):
        erase(observed.root, CORPORATE, why="more")
    spans = Ranges.from_text(observed.text("leecher"))
    assert set(spans) <= left(observed), "what is held is left, announced or not"
