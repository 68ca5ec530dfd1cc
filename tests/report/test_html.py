# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from swarmwitness.inference import QUESTIONS
from swarmwitness.report import (
    CheckRow,
    CurveRow,
    MonthRow,
    Report,
    RungRow,
    Support,
    SwarmCurvesRow,
    render,
)
from swarmwitness.terms import Inconclusive, Rung
from swarmwitness.terms.rung import described

VOID = {"meta", "br", "link", "img", "input", "hr"}
HOSTILE = "</style><script>alert(1)</script>\" onload='x' {{ 7 * 7 }} \u202egpj.exe\x00&amp;"


@dataclass
class Page(HTMLParser):
    """What a browser would see, without one."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    style: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, report: Report) -> Page:
        page = cls()
        page.feed(render(report))
        page.close()
        assert page.open == [], "tags are left open"
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        elif data.strip():
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def all(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def addresses_in(text: str) -> list[str]:
    """Everything in a text that reads as an IP address."""
    found = []
    for token in re.findall(r"[0-9A-Fa-f:.]{3,}", text):
        for part in {token, token.strip(".:"), token.rsplit(":", 1)[0]}:
            try:
                found.append(str(ipaddress.ip_address(part)))
            except ValueError:
                continue
    return found


@pytest.fixture(scope="module")
def page(sample: Report) -> Page:
    return Page.of(sample)


def test_needs_nothing_else(page: Page) -> None:
    assert not {tag for tag, _ in page.tags} & {
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "form",
        "img",
        "base",
    }
    assert all(href.startswith("#") for href in page.all("href"))
    assert page.all("src") == []
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
    assert "url(" not in page.style
    assert "@import" not in page.style


def test_the_policy_admits_this_style_and_no_script(page: Page) -> None:
    policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv"))
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy


def test_links_lead_somewhere_and_ids_are_unique(page: Page) -> None:
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.all("href")} <= set(ids)
    for name in ("aria-labelledby",):
        assert set(page.all(name)) <= set(ids)


def test_is_accessible(page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table") > 5
    assert all(a.get("scope") for t, a in page.tags if t == "th")
    levels = [int(t[1]) for t in tags if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    charts = [a for _, a in page.tags if a.get("role") == "img"]
    assert len(charts) == 2
    assert all(len(a["aria-label"] or "") > 40 for a in charts)
    assert page.tags[0] == ("html", {"lang": "en"})
    assert next(a for t, a in page.tags if t == "a")["class"] == "skip"


def test_the_same_report_gives_the_same_bytes(sample: Report) -> None:
    assert render(sample) == render(sample)


def test_all_questions_in_order_with_their_state(page: Page, sample: Report) -> None:
    headings = [f"{q.number}. {q.text}" for q in QUESTIONS]
    places = [page.words.index(heading) for heading in headings]
    assert places == sorted(places)
    state = {int(h.split(".")[0]): page.words[place + 1] for h, place in zip(headings, places, strict=True)}
    assert state[2] == "not weighed"
    assert state[8] == "not weighed"
    assert "measured, not weighed" in page.words
    assert "tested, not weighed" in page.words
    assert "inconclusive: no data" in page.words


def test_every_count_leads_to_its_exhibits(sample: Report) -> None:
    html = render(sample)
    counts = sample.findings[0]["counts"]
    for index, row in enumerate(counts):  # type: ignore[arg-type]
        place = f"exhibits-0-{index}"
        for unit in ("works", "downloads", "addresses", "leases", "sightings"):
            assert f'<a href="#{place}">{row[unit]:,}</a>' in html
        total = sample.support["Q1-counts", index].total
        block = html[html.index(f'id="{place}"') :].split("</details>")[0]
        assert f"{total:,} exhibits" in block
        assert block.count("<li>") == 20
        assert f"{total - 20:,} more in support.parquet" in block


def test_downloads_are_named_by_their_rung(page: Page) -> None:
    assert {described(Rung(rung)) for rung in (0, 3, 4, 7)} <= set(page.words)
    assert "downloaded" not in page.text


def test_shows_no_address(page: Page) -> None:
    planted = "seen at 192.0.2.7:6881, [2001:db8::1]:51413 and 203.0.113.9."
    assert {"192.0.2.7", "2001:db8::1", "203.0.113.9"} <= set(addresses_in(planted))
    assert addresses_in(page.text) == []
    assert addresses_in(" ".join(v for _, a in page.tags for v in a.values() if v and "aria" not in v)) == []


def test_synthetic_data_are_named_on_the_first_page(sample: Report) -> None:
    assert "Synthetic data." in Page.of(sample).text
    assert "Synthetic data." not in Page.of(replace(sample, synthetic=False)).text


def test_the_page_speaks_of_no_column_of_ours(page: Page) -> None:
    names = [w for w in page.words if re.search(r"[a-z]_[a-z]", w) and "instrument" not in w]
    assert [w for w in names if w not in ("observed_at: not an RFC 3339 time with a zone",)] == []


def test_months_are_a_picture_and_a_short_table_with_the_whole_one_named(page: Page, sample: Report) -> None:
    assert "Every month of every set:" in page.text
    assert "timeline" in page.words, "the place in report.json"
    strongest = max((r for r in sample.timeline if r.set == "alleged"), key=lambda r: r.value)
    assert f"{strongest.month}: {strongest.value}" in page.text
    folded = [a for t, a in page.tags if t == "details" and a.get("class") == "onscreen"]
    assert len(folded) == 1
    assert "open" not in folded[0]
    assert ".onscreen { display: none; }" in page.style.split("@media print")[1]


def test_a_watch_of_one_month_has_a_table_and_no_picture(sample: Report) -> None:
    page = Page.of(replace(sample, timeline=[MonthRow("home", "2026-11", 3)]))
    assert len([a for _, a in page.tags if a.get("role") == "img"]) == 1
    assert "2026-11: 3" in page.text


def test_sets_stand_beside_each_other_and_their_accounts_are_told_once(page: Page) -> None:
    assert page.text.count("Hp: unattended, professional collection") == 2, "once together, once apart"
    assert "set: home inconclusive: no data" in page.text
    assert "corporate 1.031" in page.text


def test_hostile_strings_are_shown_and_not_obeyed(sample: Report) -> None:
    finding = dict(sample.findings[1]) | {
        "id": HOSTILE,
        "subject": {"anchor_set": HOSTILE},
        "why": HOSTILE,
        "tests": {HOSTILE: HOSTILE},
        "counts": [{"set": HOSTILE, "scope": "case", "rung_min": 0, "works": 1}],
    }
    report = replace(
        sample,
        title=HOSTILE,
        case=HOSTILE,
        authority=HOSTILE,
        findings=[finding],
        support={(HOSTILE, 0): Support([HOSTILE], 1)},
        rungs=[RungRow(HOSTILE, 0, 5, 5)],
        timeline=[MonthRow(HOSTILE, "2020-01", 3)],
        warnings=[HOSTILE],
        verification=[CheckRow(HOSTILE, HOSTILE, False)],
        instrument={HOSTILE: HOSTILE},
        rates={HOSTILE: Inconclusive(HOSTILE)},
    )
    page = Page.of(report)
    test_needs_nothing_else(page)
    test_links_lead_somewhere_and_ids_are_unique(page)
    assert page.text.count("<script>alert(1)</script>") > 10
    assert "{{ 7 * 7 }}" in page.text
    assert "⟦U+202E⟧" in page.text
    raw = render(report)
    assert not set(raw) & {"\x00", "\u202e"}


def test_a_failed_check_is_said_twice(sample: Report) -> None:
    page = Page.of(replace(sample, verification=[CheckRow("Exhibits", "exhibit 17 differs", False)]))
    assert "does not verify" in page.words
    assert "FAILED" in page.words


def test_nested_figures_are_printed_one_by_one(sample: Report) -> None:
    nested = dict(sample.findings[1]) | {
        "tests": {
            "overlap": {"overlap_observed": 96, "interval95": [1.5, 2.0]},
            "overlap_notes": ["one note", "another"],
            "leases_by_agreement": {"split": 1997},
            "notes": [],
        },
    }
    text = Page.of(replace(sample, findings=[nested])).text
    assert "Works in both unions, observed 96" in text
    assert "overlap: interval95 1.5 to 2 " in text
    assert "Notes one note; another" in text
    assert "leases by agreement: split 1,997" in text


def test_subjects_that_were_not_weighed_are_named_in_one_line(sample: Report) -> None:
    counted = [{"set": "home", "scope": "case", "rung_min": 0, "works": 3}]
    findings = [
        dict(sample.findings[-1])
        | {"question": 8, "id": f"Q8-{name}", "subject": {"set": name}, "counts": counted}
        for name in ("corporate", "home")
    ]
    page = Page.of(replace(sample, findings=findings))
    assert "Not weighed for: corporate; home." in page.words
    assert "Q8-home" not in page.text
    assert "No counts, hence no exhibits." in page.words


def test_the_least_report(nothing: Report) -> None:
    page = Page.of(nothing)
    assert "No row was refused." in page.words
    assert "Studio, until 2027-12-31" in page.words
    assert page.words.count("not weighed") == len(QUESTIONS)
    assert "No counts, hence no exhibits." in page.words


def test_a_verdict_and_its_ratio_are_printed(sample: Report) -> None:
    weighed = dict(sample.findings[1]) | {
        "why": "the smallest ratio is above 2",
        "verdict": "supports_hp",
        "log10_lr": 2.9,
        "log10_lr_interval": [2.1, 3.0],
        "rival": "same_feed",
        "against": {"independent": 6.2, "same_feed": 2.9},
        "error_rate": {"basis": "simulated", "scenario": "same_feed", "false_positive": 0.004, "n": 3000},
    }
    text = Page.of(replace(sample, findings=[weighed])).text
    assert "supports Hp" in text
    assert "2.9 (2.1 to 3), against same_feed." in text
    assert "independent" in text
    assert "0.004" in text


def own(sample: Report, number: int, **said: object) -> dict[str, object]:
    about = {"question": number, "id": f"Q{number}", "subject": {"case": "Small"}, "counts": [], "hp": None}
    return dict(sample.findings[1]) | about | {"controls": None, "error_rate": None, "tests": {}} | said


def test_what_our_own_evidence_measured_is_told_in_words(sample: Report) -> None:
    controls = {"decoys": 4, "decoy_polls_of_tracker": 24, "decoy_polls_of_tracker_upper95": 0.117346156}
    rate = {"basis": "laboratory", "scenario": "endpoints", "claim": "rung 1 or above", "false_positive": 0.0,
            "upper95": 0.000935728, "n": 3200}  # fmt: skip
    live = {"peers_named_or_met": 40, "peers_reachable": 36, "peers_handshaken": 32}
    findings = [
        own(sample, 2, tests=live, controls=controls, error_rate=rate),
        own(sample, 14, tests={"polls_of_tracker": 24}, controls=controls),
    ]
    page = Page.of(replace(sample, findings=findings, rejected=[]))
    test_is_accessible_page(page)
    test_links_lead_somewhere_and_ids_are_unique(page)
    assert "for 36 something answered or called us, for 32 a client" in page.text
    assert "0 were counted as live (rung 1 or above): at most 0.0936 % (95 %)." in page.text.replace(
        "\u202f", " "
    )
    assert page.text.count("Decoys asked for") == 1, "controls are printed once"
    assert "Controls of our own, the same for every finding: question 14" in page.text
    assert not [word for word in page.words if re.search(r"[a-z]_[a-z]", word) and "Q" not in word]


def test_is_accessible_page(page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table") > 1
    assert all(a.get("scope") for t, a in page.tags if t == "th")


def test_curves_are_drawn_with_their_figures_and_what_is_left_out(sample: Report) -> None:
    curve = CurveRow("addr-a", [(5_000_000, 0.25), (9_000_000, 0.5)], [5_000_000], [9_000_000], 3)
    drawn = replace(sample, curves=[SwarmCurvesRow(HOSTILE, [curve], 4, 2)], curves_left_out=7)
    page = Page.of(drawn)
    test_needs_nothing_else(page)
    assert len([a for _, a in page.tags if a.get("role") == "img"]) == 3
    assert "The 1 that grew most are drawn; 4 more claimed pieces, and 2 of these grew." in page.text
    assert "3 points and marks beyond the limit" in page.text
    assert "1970-01-01 00:00:05Z 25 % 1970-01-01 00:00:09Z 50 % 1 1" in page.text.replace("\u202f", " ")
    assert "7 more swarms" in page.text
