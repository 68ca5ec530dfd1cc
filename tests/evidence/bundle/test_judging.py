# SPDX-License-Identifier: Apache-2.0
"""Checks 10 to 13: warnings beside the failures that test_verify.py shows."""

from __future__ import annotations

from typing import Any

from swarmwitness.evidence.bundle import verify_bundle
from swarmwitness.evidence.bundle.judging import check_held
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
    assert Ranges.from_text("1")
