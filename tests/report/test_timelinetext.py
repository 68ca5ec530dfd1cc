# SPDX-License-Identifier: Apache-2.0
"""The timeline in characters."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.report.timeline import Lane, Stretch, Timeline
from swarmwitness.report.timelinetext import WIDTH, drawn

D = dt.date
FIRST, ASKED, LAST = D(2015, 1, 1), D(2020, 1, 1), D(2025, 1, 1)


def of(*lanes: Lane, asked: dt.date = ASKED, titles: dict[str, str] | None = None) -> Timeline:
    return Timeline("192.0.2.7", asked, FIRST, LAST, lanes, titles or {})


def test_each_standing_is_seen() -> None:
    lane = Lane(
        "registry",
        (
            Stretch(D(2016, 1, 1), D(2017, 1, 1), ("as64500",), "valid"),
            Stretch(D(2017, 1, 1), D(2018, 1, 1), ("as64500",), "stale"),
            Stretch(D(2018, 1, 1), D(2019, 1, 1), ("as64500", "as64501"), "split"),
        ),
    )
    years, bar, asked, *key = drawn(of(lane), plain=True)
    assert bar.split(None, 1) == ["registry", "A======.....Xxxxxxx     |"]
    assert years.split()[0] == "2016"
    assert asked.strip() == "^ asked: 2020-01-01"
    assert key[:2] == ["A as64500", "B as64501"]
    assert key[2] == "=== valid   ... stale: said before, no more for these days   Xxx sources differ"


def test_a_day_alone_is_seen_beside_years_that_are_stale() -> None:
    day = D(2020, 6, 1)
    lane = Lane(
        "s",
        (
            Stretch(D(2015, 1, 1), day, ("as64500",), "stale"),
            Stretch(day, day + dt.timedelta(1), ("as64501",), "valid"),
            Stretch(day + dt.timedelta(1), LAST, ("as64501",), "stale"),
        ),
    )
    bar = drawn(of(lane), plain=True)[1]
    assert bar.count("B") == 1
    assert "a" in bar
    assert bar.index("a") < bar.index("B")


def test_two_organisations_in_one_column_are_not_one() -> None:
    runs = tuple(
        Stretch(D(2020, 6, n), D(2020, 6, n + 1), (name,), "valid")
        for n, name in ((1, "as64500"), (2, "as64501"))
    )
    assert "*" in drawn(of(Lane("s", runs)), plain=True)[1]


def test_nothing_said_is_said() -> None:
    assert drawn(of(Lane("all sources", ())), plain=True)[-1] == "no source says anything"


def test_names_steer_no_terminal_and_stay_ascii() -> None:
    hostile = "\x1b[2Jevil\u202e" + "é" * 300
    lane = Lane(hostile, (Stretch(FIRST, LAST, (hostile,), "valid"),))
    for plain in (True, False):
        for line in drawn(of(lane, titles={hostile: hostile}), plain=plain):
            assert line.isprintable()
            assert len(line) <= WIDTH
            assert not plain or line.isascii()


dates = st.dates(FIRST, LAST)


@given(
    st.lists(
        st.tuples(dates, dates, st.sampled_from("abc"), st.sampled_from(("valid", "stale"))), max_size=8
    ),
    dates,
)
def test_whatever_is_drawn_fits(runs: list[tuple[dt.date, dt.date, str, str]], asked: dt.date) -> None:
    stretches = tuple(Stretch(a, b, (n,), s) for a, b, n, s in runs if a < b)  # type: ignore[arg-type]
    lines = drawn(of(Lane("source", stretches), asked=asked))
    assert max(map(len, lines)) <= WIDTH
    if any(one.standing == "valid" for one in stretches):
        assert any(mark in lines[1] for mark in "ABC*")
