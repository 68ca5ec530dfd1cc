# SPDX-License-Identifier: Apache-2.0
"""Checks 10 to 13: warnings beside the failures that test_verify.py shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.evidence.bundle import Cover, LogExcerpt, verify_bundle, write_bundle
from swarmwitness.evidence.bundle.judging import NO_CUSTODY, check_held
from swarmwitness.evidence.bundle.layout import logs_from_wire, logs_to_wire
from swarmwitness.evidence.bundle.report import Docket
from swarmwitness.evidence.custody.act import Act
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import Instant


def test_nothing_held_is_said() -> None:
    docket = Docket()
    check_held([], [], docket)
    assert docket.details[10] == "none was given"


def test_the_witness_is_told_apart_from_one_that_is_known(good: Any) -> None:
    report = verify_bundle(good.folder / "bundle")
    assert any("witness.example/one cosigned" in sentence for sentence in report.sentences)


def test_a_late_token_is_told_with_how_late(good: Any) -> None:
    """The act log-sealed below the token is in the bundle for this."""
    report = verify_bundle(good.folder / "bundle")
    assert any("late" in sentence for sentence in report.sentences)


def test_announced_and_still_readable_is_a_warning(maker: Any, both: Any, tmp_path: Any) -> None:
    """The act is sealed, the erasing was not done: as after a crash between the two."""
    maker.evidence()
    with maker.log("evidence", "example.org/bundled", maker.key_of(1)) as log:
        said = {"ranges": "1", "lengths": "0" * 64}
        log.record(Act("erased", "A. Person", "test", said).to_exhibit(Instant(10**18 + 85)))
        log.seal(Instant(10**18 + 86))
    maker.custody()
    bundle = maker.bundle()
    assert both.agreed(bundle) == ""
    report = verify_bundle(bundle)
    assert any("still readable: 1" in warning for warning in report.warnings), report.warnings


def test_a_bundle_without_a_log_named_custody_says_so(good: Any, tmp_path: Any, tools: Any) -> None:
    """Names of logs are the maker's words: holds could be hidden behind another one."""
    excerpt = LogExcerpt("evidence", good.folder / "evidence", Ranges.of([1]))
    cover = Cover("Studio v. Company", "all", "swarmwitness 0.2.0", "2026-11-24", {})
    write_bundle(tmp_path / "bundle", [excerpt], {}, cover=cover, key=good.key_of(1))
    assert NO_CUSTODY in verify_bundle(tmp_path / "bundle").warnings
    assert NO_CUSTODY in tools.by_command(tmp_path / "bundle").stdout
    assert NO_CUSTODY not in verify_bundle(good.folder / "bundle").warnings


def test_a_token_whose_seal_was_kept_back_is_told(bundle: Any, good: Any, both: Any, tools: Any) -> None:
    """The maker leaves out the act that shows how late the token was."""
    log, *others = logs_from_wire((bundle / "data/logs.json").read_bytes())
    token = next(index for index in log.opened if b'"act":"timestamped"' in shown(bundle, index))
    seal = Ranges.of([token - 1])
    less = replace(log, chosen=log.chosen - seal, opened=log.opened - seal)
    (bundle / "data/logs.json").write_bytes(logs_to_wire((less, *others)))
    for file in (bundle / "data/logs/1/exhibits").glob(f"{token - 1}.*"):
        file.unlink()
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == ""
    assert any("how late the token is can't be told" in told for told in verify_bundle(bundle).warnings)


def shown(bundle: Any, index: int) -> bytes:
    return bytes((bundle / f"data/logs/1/exhibits/{index}.exhibit").read_bytes())


def test_an_act_that_somebody_erased_is_a_failure(maker: Any, both: Any, tools: Any) -> None:
    """Other software than ours can announce and erase it; in custody nothing is ever erased."""
    maker.evidence()
    with maker.log("custody", "example.org/bundled-custody", maker.key_of(2)) as log:
        log.record(Exhibit("tcp", Direction.NONE, Instant(10**18 + 90), "", 0, None, None, b"was it an act?"))
        log.seal(Instant(10**18 + 91))
        said = Act("erased", "A. Person", "test", {"ranges": "1"}, "to hide it")
        log.erase(Ranges.of([1]), said.to_exhibit(Instant(10**18 + 92)))
        log.seal(Instant(10**18 + 93))
    bundle = maker.bundle()
    assert both.agreed(bundle) == "erased_plain"
    assert "erased_plain" in tools.by_command(bundle).stdout
