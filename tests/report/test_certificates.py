# SPDX-License-Identifier: Apache-2.0
"""The certificates: what the rules ask for has a place, what only a person can say is blank."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from swarmwitness.report.certificates import copied_data, electronic_process
from swarmwitness.report.draft import Draft, Part, to_text


def part(draft: Draft, title: str) -> Part:
    (found,) = (each for each in draft.parts if each.title.startswith(title))
    return found


def test_what_only_a_person_can_say_is_blank(exported: SimpleNamespace) -> None:
    for draft in (electronic_process(exported.full()), copied_data(exported.full())):
        assert part(draft, "The person who certifies").blanks[:2] == ("Name", "Position and employer")
        signed = part(draft, "Declaration (28 U.S.C. § 1746)")
        assert "Signature" in signed.blanks
        assert len(signed.boxes) == 2, "within and outside the United States: a person strikes one"
        assert "902(11)" in part(draft, "Notice").paragraphs[0]
        assert part(draft, "What these records do not show").points
        assert "A. Custodian" not in to_text(replace(draft, parts=[part(draft, "The person"), signed]))


def test_902_13_tells_system_records_checks_time_acts_and_errors(exported: SimpleNamespace) -> None:
    draft = electronic_process(exported.full())
    assert "902(13)" in draft.rule
    text = " ".join(to_text(draft).split())
    for told in ("swarmwitness 0.2.0", "12" * 32, "cd" * 32, exported.origin, "evidence#411", "custody#4"):
        assert told in text
    assert "false positive 0.004" in text
    assert "letter of counsel" in text
    assert part(draft, "That the process").spaces[0].startswith("Grounds")
    assert draft.banners == ["case.toml has changed since the run"]


def test_902_13_says_when_there_is_nothing_to_certify(exported: SimpleNamespace) -> None:
    assert "nothing to certify" in part(electronic_process(exported.empty()), "The records").paragraphs[0]


def test_902_13_says_when_nothing_was_watched(exported: SimpleNamespace) -> None:
    acts = [line for line in exported.full().acts if line.act != "observe"]
    told = part(electronic_process(replace(exported.full(), acts=acts)), "The records").paragraphs
    assert "No act says that a swarm was watched" in told[1]
    assert len(part(electronic_process(exported.full()), "The records").paragraphs) == 1


def test_902_14_names_each_copy_by_hash_and_leaves_the_comparison_to_a_person(
    exported: SimpleNamespace,
) -> None:
    draft = copied_data(exported.full())
    assert "902(14)" in draft.rule
    (table,) = part(draft, "Comparison").tables
    assert table.rows[0] == ("sightings/vendor.csv", exported.digest, "", "")
    assert [row[0] for row in table.rows[1:]] == ["evidence (root)", "custody (root)"]
    assert "SHA-256" in part(draft, "The process of digital identification").points[0]
    assert part(draft, "The device, storage medium or file").blanks


def test_no_draft_claims_what_the_law_leaves_to_others(exported: SimpleNamespace) -> None:
    for draft in (electronic_process(exported.full()), copied_data(exported.full())):
        words = to_text(draft).lower()
        for claim in ("admissible", "hereby certif", "i certify that the", "is authentic", "proves that"):
            assert claim not in words
