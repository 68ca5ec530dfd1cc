# SPDX-License-Identifier: Apache-2.0
"""The instrument page names the instrument, its limits, and how to repeat what it did."""

from __future__ import annotations

from types import SimpleNamespace

from swarmwitness.report.draft import to_text
from swarmwitness.report.instrumentpage import instrument_page


def test_it_names_versions_configuration_records_and_limits(exported: SimpleNamespace) -> None:
    text = " ".join(to_text(instrument_page(exported.full())).split())
    for told in (
        "Version of cryptography: 46.0.0",
        "12" * 32,
        "Run: engine: duckdb",
        "cd" * 32,
        exported.digest,
    ):
        assert told in text
    assert "1 of 1 checks passed" in text
    assert "It uploads no byte of a work" in text
    assert "A peer is never a person" in text or "a peer is never a person" in text
    assert "swarmwitness run CASE" in text


def test_an_empty_case_has_a_page_too(exported: SimpleNamespace) -> None:
    titles = [part.title for part in instrument_page(exported.empty()).parts]
    assert "Who answers for this page" in titles
    assert not [t for t in titles if t.startswith("Findings")]
