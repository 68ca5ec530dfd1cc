# SPDX-License-Identifier: Apache-2.0
"""The verifier of bundles: a good one passes, and what it says."""

from __future__ import annotations

from pathlib import Path

from swarmwitness.evidence.bundle import verify_bundle


def test_a_good_bundle_passes(bundle: Path) -> None:
    report = verify_bundle(bundle)
    assert report.failures == ()
    assert report.ok, report.checks
    print(report)
