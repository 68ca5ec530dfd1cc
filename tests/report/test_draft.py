# SPDX-License-Identifier: Apache-2.0
"""A draft: every page says so, nothing in it is obeyed, nothing is filled in, paper holds all of it."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from swarmwitness.report.certificates import electronic_process
from swarmwitness.report.draft import WARNING, WIDTH, Draft, Part, Table, to_html, to_text
from swarmwitness.report.drafts import render_drafts

DIGEST = "ab" * 32


def draft(*parts: Part) -> Draft:
    return Draft("d", "A title", "Draft under a rule", "A case", "2026-03-03T08:00:00Z", parts)


def test_both_forms_say_that_it_is_a_draft_before_and_after_everything() -> None:
    made = draft(Part("One", ("Two.",)))
    text = to_text(made)
    assert text.index("DRAFT") < text.index("A TITLE") < text.index("Two.") < text.rindex("DRAFT")
    page = to_html(made)
    assert page.index("<b>DRAFT</b>") < page.index("A title</h1>") < page.index("Two.") < page.rindex("DRAFT")
    assert page.count(WARNING) == 2
    assert '<div class="behind" aria-hidden="true">DRAFT</div>' in page, "printed behind every page"


def test_the_page_admits_its_own_style_and_nothing_else() -> None:
    page = to_html(draft(Part("One")))
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{allowed}'" in page
    assert not re.search(r"<script|<form|<input|<img|<link|\bon\w+=|style=|https?://", page)


def test_hostile_words_are_escaped_and_spelled_out(exported: SimpleNamespace) -> None:
    made = draft(Part(exported.hostile, (exported.hostile,), facts=[(exported.hostile, exported.hostile)]))
    page, text = to_html(made), to_text(made)
    assert "</script>" not in page
    assert "<b>" not in page.replace("<b>DRAFT</b>", "")
    for form in (page, text):
        assert "\u202e" not in form
        assert "\x00" not in form
        assert "⟦U+202E⟧" in form


def test_a_table_is_text_cell_by_cell_and_keeps_hashes_whole() -> None:
    table = Table(
        "Files.", ("Name", "SHA-256", "Taken in"), [("a.csv", DIGEST, "")], (5, 10, 5), frozenset({1})
    )
    lines = to_text(draft(Part("One", tables=[table]))).splitlines()
    assert f"  SHA-256: {DIGEST}" in lines
    assert not [line for line in lines if "Taken in" in line], "an empty cell is no line"
    assert f'<td class="exact">{DIGEST}</td>' in to_html(draft(Part("One", tables=[table])))


def test_blanks_are_lines_and_boxes_are_open() -> None:
    made = draft(Part("One", blanks=("Signature",), boxes=("I looked.",), spaces=("Grounds",)))
    text, page = to_text(made), to_html(made)
    assert re.search(r"Signature:\n\n +_{40}\n", text)
    assert text.count("_" * 40) == 5
    assert "  [ ] I looked." in text
    assert "<span>Signature</span><i></i></p>" in page
    assert page.count("<i></i>") == 5


def test_columns_must_fill_the_page() -> None:
    with pytest.raises(ValueError, match="do not fill the page"):
        Table("A table", ("a", "b"), [], (10, 9))
    with pytest.raises(ValueError, match="do not fill the page"):
        Table("A table", ("a", "b"), [], (20,))


def test_text_is_no_wider_than_a_terminal_but_for_what_must_stay_whole(exported: SimpleNamespace) -> None:
    for name, content in render_drafts(exported.full()).items():
        if name.endswith(".txt"):
            wide = [line for line in content.decode().splitlines() if len(line) > WIDTH]
            assert all(len(max(line.split(), key=len)) > WIDTH - 20 for line in wide), wide


@pytest.mark.skipif(
    not shutil.which("chromium") or not shutil.which("pdftotext"), reason="needs chromium, pdftotext"
)
def test_on_paper_every_page_says_draft_and_nothing_is_lost(
    exported: SimpleNamespace, tmp_path: Path
) -> None:
    acts = [exported.act(n, "note", why=f"note-number-{n}-ends") for n in range(60)]
    page, pdf = tmp_path / "d.html", tmp_path / "d.pdf"
    page.write_text(to_html(electronic_process(replace(exported.full(), acts=acts))))
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    told = subprocess.run(["pdftotext", "-raw", pdf, "-"], check=True, capture_output=True, timeout=60).stdout
    pages = told.decode().rstrip("\f").split("\f")
    assert len(pages) >= 4
    assert all("DRAFT" in each for each in pages)
    whole = "".join("".join(pages).split())
    assert all(f"note-number-{n}-ends" in whole for n in range(60))
    assert "Nameinprint" in whole
