# SPDX-License-Identifier: Apache-2.0
"""What is drawn of who held an address."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.report.timeline import BEYOND, SPAN_DAYS, Lane, Stretch, Timeline, merged, span

D = dt.date


def run(start: dt.date, end: dt.date, *names: str) -> Stretch:
    return Stretch(start, end, names, "valid")


def of(*lanes: Lane, titles: dict[str, str] | None = None) -> Timeline:
    return Timeline("192.0.2.7", D(2020, 1, 1), D(2019, 1, 1), D(2021, 1, 1), lanes, titles or {})


def test_letters_follow_time_then_names_and_x_stays_for_split() -> None:
    names = [f"as{64496 + n}" for n in range(30)]
    lanes = [Lane("s", tuple(run(D(2020, 1, 1), D(2020, 1, 2), name) for name in reversed(names)))]
    letters = of(*lanes).letters()
    assert letters[names[0]] == "A"
    assert "X" not in letters.values()
    assert [name for name, letter in letters.items() if letter == BEYOND] == names[25:]
    later = Lane("t", (run(D(2019, 5, 1), D(2019, 6, 1), "zzz"),))
    assert of(*lanes, later).letters()["zzz"] == "A"


def test_the_key_tells_names_once() -> None:
    lane = Lane("s", (run(D(2020, 1, 1), D(2020, 2, 1), "as64500"), run(D(2020, 2, 1), D(2020, 3, 1), "net")))
    told = dict(of(lane, titles={"as64500": "Example", "net": "net"}).key())
    assert told == {"A": "as64500 Example", "B": "net"}


def test_neighbours_that_say_the_same_are_one() -> None:
    days = [D(2020, 1, n) for n in range(1, 6)]
    a, b, c = run(days[0], days[1], "x"), run(days[1], days[2], "x"), run(days[3], days[4], "x")
    assert merged([a, b, c]) == (run(days[0], days[2], "x"), c)
    stale = Stretch(days[1], days[2], ("x",), "stale")
    assert merged([a, stale]) == (a, stale)
    assert merged([]) == ()


@given(st.lists(st.dates(), max_size=5), st.dates())
def test_what_is_drawn_holds_every_day(days: list[dt.date], asked: dt.date) -> None:
    first, last = span(days, asked)
    assert all(first <= day <= last for day in [*days, asked])
    assert first <= asked
    edge = D.min + dt.timedelta(SPAN_DAYS) < min([*days, asked]) and max(
        [*days, asked]
    ) < D.max - dt.timedelta(400)
    assert not edge or (last - first).days >= SPAN_DAYS
