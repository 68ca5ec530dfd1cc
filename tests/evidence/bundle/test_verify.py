# SPDX-License-Identifier: Apache-2.0
"""The verifier of bundles: what a good one shows, and what attackers with and without the key can do.

Each attack is shown to both verifiers.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from swarmwitness.evidence import Direction, Exhibit, VerifyKey
from swarmwitness.evidence.bundle import verify_bundle
from swarmwitness.evidence.bundle.canonical import from_canonical, to_canonical
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.custody.act import Act
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.time.assurance import Trust
from swarmwitness.terms import Instant

EVIDENCE = "example.org/bundled"


def test_a_good_bundle_passes_and_says_what_it_is(good: Any, both: Any) -> None:
    bundle = good.folder / "bundle"
    report = verify_bundle(bundle)
    assert report.ok, report.failures
    assert [check.number for check in report.checks] == list(range(1, 14))
    assert (report.logs[0].chosen, report.logs[0].opened, report.logs[0].erased) == (12, 8, 1)
    assert report.logs[0].published == 9
    assert any("existed by" in sentence for sentence in report.sentences)
    assert any("no key and no checkpoint" in warning for warning in report.warnings)
    assert json.loads(json.dumps(report.to_json()))["ok"] is True
    assert both.agreed(bundle) == ""


def test_what_is_known_elsewhere_is_compared(good: Any, both: Any, authority: Any) -> None:
    bundle, key = good.folder / "bundle", VerifyKey.of(EVIDENCE, good.key_of(1))
    held = good.checkpoint().to_wire()
    assert both.agreed(bundle, key=key, held=[held], roots=authority.roots_pem) == ""
    report = verify_bundle(bundle, key=key, checkpoint=held, trust=Trust(roots=authority.roots_pem))
    assert report.ok
    assert not any("no key" in warning for warning in report.warnings)
    assert both.agreed(bundle, key=VerifyKey.of(EVIDENCE, good.key_of(9))) == "key_differs"
    assert both.agreed(bundle, key=VerifyKey.of("example.org/other", good.key_of(1))) == "key_differs"
    assert both.agreed(bundle, held=[b"nothing"]) == "checkpoint_foreign"


def test_roots_of_another_authority_are_not_enough(
    good: Any, both: Any, authority: Any, tmp_path: Path
) -> None:
    other = type(authority).make(tmp_path / "other")
    assert both.agreed(good.folder / "bundle", roots=other.roots_pem) == "token_untrusted"
    assert both.agreed(good.folder / "bundle", roots=b"no certificate") == "token_untrusted"


def test_every_earlier_size_can_be_held(good: Any, both: Any) -> None:
    """A checkpoint of any size at which the log was sealed is a part of it; another root is a fork."""
    own, key = good.checkpoint(), good.key_of(1)
    log = verify_bundle(good.folder / "bundle").logs[0]
    listed = json.loads((good.folder / "bundle/data/logs.json").read_text())["logs"][0]["earlier"]
    assert [size for size, _ in listed] == [1, 9, 12], log
    for size, root in listed:
        held = Checkpoint.sign(EVIDENCE, size, base64.b64decode(root), key)
        assert both.agreed(good.folder / "bundle", held=[held.to_wire()]) == ""
        forked = Checkpoint.sign(EVIDENCE, size, bytes(32), key)
        assert both.agreed(good.folder / "bundle", held=[forked.to_wire()]) == "forked"
    unsealed = Checkpoint.sign(EVIDENCE, 5, bytes(32), key)
    assert both.agreed(good.folder / "bundle", held=[unsealed.to_wire()]) == "no_consistency_proof"
    beyond = Checkpoint.sign(EVIDENCE, own.size + 1, bytes(32), key)
    assert both.agreed(good.folder / "bundle", held=[beyond.to_wire()]) == "rolled_back"
    stranger = Checkpoint.sign(EVIDENCE, own.size, own.root, good.key_of(9))
    assert both.agreed(good.folder / "bundle", held=[stranger.to_wire()]) == "checkpoint_foreign"
    unknown = Checkpoint.sign("example.org/unknown", own.size, own.root, key)
    assert both.agreed(good.folder / "bundle", held=[unknown.to_wire()]) == "checkpoint_foreign"


def test_a_replayed_older_checkpoint(bundle: Path, both: Any, tools: ModuleType, good: Any) -> None:
    """The maker puts an older, honestly signed checkpoint of the log in the place of today's."""
    listed = json.loads((bundle / "data/logs.json").read_text())["logs"][0]["earlier"]
    size, root = listed[-1]
    older = Checkpoint.sign(EVIDENCE, size, base64.b64decode(root), good.key_of(1))
    (bundle / "data/logs/1/checkpoint").write_bytes(older.to_wire())
    assert both.agreed(bundle) == "manifest_differs"
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "checkpoint_root"


def test_back_dated_insertion_by_the_key_holder(maker: Any, good: Any, both: Any) -> None:
    """The log is made anew with an exhibit put in before the others, signed, stamped and bundled.

    Caught by a checkpoint held elsewhere. By itself the new bundle verifies: the documents say so.
    """
    maker.evidence(inserted=b"this never happened")
    maker.custody()
    bundle = maker.bundle(chosen="1-8")
    assert both.agreed(bundle) == "", "not caught without anything held elsewhere"
    older = Checkpoint.from_wire(good.checkpoint().to_wire())
    assert both.agreed(bundle, held=[older.to_wire()]) in ("forked", "no_consistency_proof")
    at = 9  # a checkpoint of the honest log, as an earlier time statement or a witness holds it
    honest = json.loads((good.folder / "bundle/data/logs.json").read_text())["logs"][0]["earlier"]
    root = base64.b64decode(dict(honest)[at])
    held = Checkpoint.sign(EVIDENCE, at, root, good.key_of(1)).to_wire()
    assert both.agreed(bundle, held=[held]) in ("forked", "no_consistency_proof")


def test_an_exhibit_replaced_by_the_key_holder(maker: Any, good: Any, both: Any) -> None:
    """The sizes stay the same, so a checkpoint held elsewhere shows the fork itself."""
    maker.evidence(first=b"this never happened")
    maker.custody()
    bundle = maker.bundle()
    assert both.agreed(bundle) == "", "not caught without anything held elsewhere"
    assert both.agreed(bundle, held=[good.checkpoint().to_wire()]) == "forked"


def test_a_token_can_not_be_moved_to_a_forked_log(maker: Any, good: Any, both: Any) -> None:
    """The key holder keeps the honest log's token, to keep its date."""
    honest = good.checkpoint()
    stamp = good.stamped(honest)
    maker.evidence(inserted=b"this never happened", stamp=lambda checkpoint: stamp)
    maker.custody()
    assert both.agreed(maker.bundle(chosen="1-8")) == "statement_foreign"


def test_a_statement_by_another_key(bundle: Path, both: Any, tools: ModuleType, good: Any) -> None:
    tools.repaired(bundle, good.key_of(9))
    assert both.agreed(bundle) == "statement_signature"


ERASED = {"ranges": "3", "lengths": "0" * 64}
HELD = {"hold": "hold-1", "scope": "everything", "logs": {EVIDENCE: {"size": 9, "ranges": "1-4"}}}
RELEASED = {**HELD, "logs": {EVIDENCE: {"size": 10, "ranges": "1-4"}}}
LATER = {**HELD, "logs": {EVIDENCE: {"size": 13, "ranges": "1-4"}}}
BEFORE = {**HELD, "logs": {EVIDENCE: {"size": 8, "ranges": "1-4"}}}
TOLD = {"who": "A. Person", "how": "test"}


@pytest.mark.parametrize(
    ("acts", "reason"),
    [
        ([Act("hold", **TOLD, on=HELD)], "erased_under_hold"),
        ([Act("hold", **TOLD, on=HELD), Act("release", **TOLD, on=LATER)], "erased_under_hold"),
        ([Act("hold", **TOLD, on=HELD), Act("release", **TOLD, on=RELEASED)], ""),
        ([Act("hold", **TOLD, on=LATER)], ""),
        ([Act("hold", **TOLD, on={**HELD, "logs": {EVIDENCE: {"size": 9, "ranges": "3-4"}}})], ""),
        ([Act("hold", **TOLD, on=HELD), Act("hold", **TOLD, on=HELD)], "hold_malformed"),
        ([Act("release", **TOLD, on=HELD)], "hold_malformed"),
        ([Act("hold", **TOLD, on=HELD), Act("release", **TOLD, on=BEFORE)], "hold_malformed"),
        ([Act("hold", **TOLD, on={"hold": "x"})], "hold_malformed"),
    ],
)
def test_holds_are_judged(maker: Any, both: Any, acts: list[Act], reason: str) -> None:
    maker.evidence()
    maker.custody(*acts)
    assert both.agreed(maker.bundle()) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda log: {**log, "erased": "", "opened": log["opened"]}, ""),
        (lambda log: {**log, "erased": "2,4"}, "erased_unannounced"),
        (lambda log: {**log, "chosen": "0-13"}, "missing_file"),
        (lambda log: {**log, "keyed": "1"}, "missing_file"),
        (lambda log: {**log, "erased": "1-2"}, "logs_malformed"),
        (lambda log: {**log, "size": 12}, "logs_malformed"),
        (lambda log: {**log, "size": 15}, "checkpoint_root"),
        (lambda log: {**log, "size": True}, "logs_malformed"),
        (lambda log: {**log, "chosen": "0-999999999999999999"}, "logs_malformed"),
        (lambda log: {**log, "earlier": log["earlier"][::-1]}, "logs_malformed"),
        (lambda log: {**log, "earlier": log["earlier"][:1]}, "unexpected_file"),
        (lambda log: {**log, "more": ""}, "logs_malformed"),
        (lambda log: {**log, "name": "custody"}, "logs_malformed"),
        (lambda log: {**log, "name": "vantages/elsewhere"}, ""),
        (lambda log: {**log, "origin": "example.org/other"}, "key_differs"),
    ],
)
def test_the_list_of_logs_by_the_key_holder(
    bundle: Path, both: Any, tools: ModuleType, good: Any, change: Callable[[Any], Any], reason: str
) -> None:
    said = from_canonical((bundle / "data/logs.json").read_bytes())
    said["logs"][0] = change(said["logs"][0])  # type: ignore[index]
    (bundle / "data/logs.json").write_bytes(to_canonical(said))
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == reason


def test_custody_may_not_be_shown_in_part(
    maker: Any, both: Any, tools: ModuleType, good: Any, bundle: Path
) -> None:
    said = from_canonical((bundle / "data/logs.json").read_bytes())
    log = said["logs"][1]  # type: ignore[index]
    log["chosen"] = log["opened"] = "0,2"
    (bundle / "data/logs.json").write_bytes(to_canonical(said))
    for path in (bundle / "data/logs/2/exhibits").glob("1.*"):
        path.unlink()
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "custody_incomplete"


def test_an_erasure_that_was_not_announced(bundle: Path, both: Any, tools: ModuleType, good: Any) -> None:
    """The maker takes an opened exhibit out and calls it erased."""
    said = from_canonical((bundle / "data/logs.json").read_bytes())
    log = said["logs"][0]  # type: ignore[index]
    opened = Ranges.from_text(log["opened"]) - Ranges.of([1])
    log["opened"], log["erased"] = opened.to_text(), "1-2"
    (bundle / "data/logs.json").write_bytes(to_canonical(said))
    (bundle / "data/logs/1/exhibits/1.exhibit").unlink()
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "erased_unannounced"


def test_envelopes_open_in_one_way(bundle: Path, both: Any, tools: ModuleType, good: Any) -> None:
    (bundle / "data/logs/1/exhibits/6.key").write_bytes(b"00" * 32 + b"\n")
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "envelope"


def test_a_bundle_that_is_no_bundle(tmp_path: Path, both: Any) -> None:
    (tmp_path / "empty").mkdir()
    assert both.agreed(tmp_path / "empty") == "unexpected_file"
    assert both.agreed(tmp_path / "nowhere") == "unreadable"
    (tmp_path / "file").write_bytes(b"")
    assert both.agreed(tmp_path / "file") == "unreadable"
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "bagit.txt").write_bytes(b"BagIt-Version: 0.97\n")
    assert both.agreed(tmp_path / "half") in ("missing_file", "bag_malformed")


def test_a_filter_that_reads_differently(bundle: Path, both: Any, tools: ModuleType, good: Any) -> None:
    said = from_canonical((bundle / "data/filter.json").read_bytes())
    (bundle / "data/filter.json").write_bytes(to_canonical({**said, "filter": "everything"}))
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "filter_differs"


def test_a_cosignature_of_another_checkpoint(maker: Any, good: Any, both: Any) -> None:
    """A witness's line under a statement that it did not make."""
    maker.evidence()
    said = json.loads(good_cosigned(maker))
    other = json.loads(good_cosigned(good, number=9))
    said["cosignature"] = other["cosignature"].replace("example/one", "example/two")
    with maker.log("evidence", EVIDENCE, good.key_of(1)) as log:
        at = Instant(10**18 + 85)
        payload = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
        log.record(Exhibit("witness", Direction.NONE, at, "v", 0, None, None, payload))
        log.seal(at)
    maker.custody()
    assert both.agreed(maker.bundle()) == "cosignature"


def good_cosigned(made: Any, number: int = 3) -> bytes:
    return bytes(made.cosigned(made.checkpoint(), number))


def test_a_copy_is_as_good(bundle: Path, both: Any, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    assert both.agreed(copy) == ""
