# SPDX-License-Identifier: Apache-2.0
"""All drafts, each as a page and as text, the same bytes each time."""

from __future__ import annotations

from types import SimpleNamespace

from swarmwitness.report.drafts import render_drafts


def test_every_draft_is_there_twice_and_the_same_each_time(exported: SimpleNamespace) -> None:
    made = render_drafts(exported.full())
    assert list(made) == [
        "certificate-902-13.html",
        "certificate-902-13.txt",
        "certificate-902-14.html",
        "certificate-902-14.txt",
        "instrument.html",
        "instrument.txt",
    ]
    assert made == render_drafts(exported.full())
    assert all(b"DRAFT" in content for content in made.values())


def test_an_empty_case_gives_drafts_too(exported: SimpleNamespace) -> None:
    assert len(render_drafts(exported.empty())) == 6
