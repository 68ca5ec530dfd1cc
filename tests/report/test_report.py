# SPDX-License-Identifier: Apache-2.0
"""What a rendering is given: defaults that claim nothing."""

from swarmwitness.report import Report


def test_a_bare_report_claims_nothing() -> None:
    bare = Report("t", "c", True, "swarmwitness", "", [])
    assert bare.verification is None, "no evidence is not evidence that verifies"
    assert (len(bare.rungs), len(bare.timeline), len(bare.rates), bare.disagreements_total) == (0, 0, 0, 0)
