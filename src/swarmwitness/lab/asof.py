# SPDX-License-Identifier: Apache-2.0
"""`python -m swarmwitness.lab.asof FOLDER`: what looking an address up as of now gets wrong, and what
contradictions in tables come to.

FOLDER holds dated tables (networks-DATE.csv) and truth-as-of.csv, which was derived from such tables. So
this tests whether the table of the day answers, and not who really held an address.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from swarmwitness.attribution import Agreement, Networks
from swarmwitness.intake import take_table

PLANTED = 1_000
_SEED = 20260101
_START = dt.date(2020, 1, 1)


def as_of_each_date(folder: Path) -> list[dict[str, str | int]]:
    """For each date of the truth: how often its own table, and the latest, say the truth."""
    truth: dict[str, list[dict[str, str]]] = {}
    with (folder / "truth-as-of.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            truth.setdefault(row["as_of"], []).append(row)
    tables = {day: _networks(folder, day) for day in truth}
    latest = max(truth)
    return [
        _compared(day, rows, tables[day], (latest, tables[latest])) for day, rows in sorted(truth.items())
    ]


def _networks(folder: Path, day: str) -> Networks:
    return Networks.of(take_table("networks", [folder / f"networks-{day}.csv"], root=folder)[0])


def _compared(
    day: str, rows: list[dict[str, str]], own: Networks, latest: tuple[str, Networks]
) -> dict[str, str | int]:
    found: Counter[str] = Counter()
    for row in rows:
        found["right"] += _said(own, row["ip"], day) == (row["prefix"], row["asn"])
        now = _said(latest[1], row["ip"], latest[0])[1]
        found["now_right" if now == row["asn"] else "now_none" if not now else "now_wrong"] += 1
    names = ("right", "now_right", "now_none", "now_wrong")
    return {"day": day, "asked": len(rows), **{name: found[name] for name in names}}


def _said(networks: Networks, ip: str, day: str) -> tuple[str, str]:
    """The prefix and the AS numbers of the one answer; empty where there is none."""
    answers = networks.look_up(ip, dt.date.fromisoformat(day)).answers
    if not answers:
        return "", ""
    (answer,) = answers
    return str(answer.row.prefix), " ".join(map(str, sorted(answer.row.asn)))


def planted(n: int, *, seed: int) -> Counter[str]:
    """Contradictions of every sort, n in all, looked up: how many are answered how."""
    rng = np.random.default_rng(seed)
    found: Counter[str] = Counter()
    for number in range(n):
        rows = list(_contradiction(number, int(rng.integers(0, 4))))
        day = _START + dt.timedelta(int(rng.integers(0, 300)))
        found[Networks.of(_table(rows)).look_up(f"198.18.{number % 256}.9", day).agreement.value] += 1
    return found


def _contradiction(number: int, sort: int) -> Iterator[tuple[str, str, str, dt.date | None]]:
    """(prefix, organisation, source, from): two sources; one source, twice; at different lengths; dated
    and undated."""
    prefix, a, b = f"198.18.{number % 256}.0/24", f"as{64496 + number % 8}", f"as{64504 + number % 8}"
    yield prefix, a, "registry", _START
    other = (("routing", _START), ("registry", _START), ("routing", _START), ("routing", None))[sort]
    yield ("198.18.0.0/15" if sort == 2 else prefix), b, *other


def _table(rows: list[tuple[str, str, str, dt.date | None]]) -> pa.Table:
    prefixes, orgs, sources, begins = zip(*rows, strict=True)
    empty = pa.nulls(len(rows), pa.string())
    days = {"valid_from": pa.array(begins, pa.date32()), "valid_to": pa.nulls(len(rows), pa.date32())}
    text = {"prefix": prefixes, "org_id": orgs, "source": sources}
    return pa.table({**text, **days, **dict.fromkeys(("org_name", "asn", "kind", "as_of", "exhibit"), empty)})


def lines(folder: Path) -> Iterator[str]:
    """The page, as Markdown."""
    yield "| date | asked | its own table: right | the latest instead: right | names nobody | wrong |"
    yield "|---|---|---|---|---|---|"
    for row in as_of_each_date(folder):
        yield "| " + " | ".join(f"{v:,}" if isinstance(v, int) else v for v in row.values()) + " |"
    yield ""
    yield "The truth was derived from such tables: this tests the as-of logic,"
    yield "not who really held an address."
    found = planted(PLANTED, seed=_SEED)
    certain = found[Agreement.UNANIMOUS.value] + found[Agreement.MAJORITY.value]
    split = found[Agreement.SPLIT.value]
    yield f"Contradictions planted: {PLANTED:,}; split: {split:,}; stated as certain: {certain}."


def main(argv: list[str]) -> int:
    """Print the page."""
    if len(argv) != 1:
        sys.stderr.write("python -m swarmwitness.lab.asof FOLDER\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in lines(Path(argv[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
