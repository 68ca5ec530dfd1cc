# SPDX-License-Identifier: Apache-2.0
"""How often the kind of an address is wrong, where somebody who must know says what it is.

`python -m swarmwitness.lab.kinds NETWORKS_FOLDER` measures and writes attribution/measured/kinds.json.

Theory of operation. A provider's own list of its ranges is the truth for those ranges: a cloud's is
datacentre, a VPN provider's is vpn. Against it stands the kind that the routing table of the day gives
by autonomous system, which is what attribution has to go by where no such list holds the address. Of
each range on the list that day, its first address is looked up, longest prefix first. A range that the
table does not cover says nothing, and `unknown` is an answer that is not wrong: both are counted
apart. Ranges of one provider stand and fall together, so the bound treats them too well; the worst
provider is told beside it. A cloud's ranges that its own AS announces are an easy question, since that
AS is known for a cloud; those that another AS announces are counted apart. A kind that was marked by the
same hand as the list is no independent check, and is left out (the corporate ranges here).
"""

from __future__ import annotations

import argparse
import csv
import ipaddress
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.attribution.special import special_range
from swarmwitness.inference.proportions import proportion
from swarmwitness.terms.endpoint import Prefix, address_from_text

WRITTEN = Path(__file__).resolve().parents[1] / "attribution" / "measured" / "kinds.json"
TABLE_DAY = "2026-06-17"
_EXPECTED = {
    "hosting": "datacentre",
    "vpn": "vpn",
    "residential_isp": "residential",
    "mobile": "mobile",
    "enterprise_gateway": "corporate",
    "business": "corporate",
    "unknown": "unknown",
}
"""What the spot checks call a kind, in our words; private and carrier NAT are special ranges."""
_CHECK = re.compile(r'- ip: "([^"]+)"\s+expect: (\w+)')


Named = tuple[str, str]
"""Kind, and the autonomous system that announces the prefix."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """A table of prefixes and their kinds, for look-ups of one day."""

    by_length: dict[tuple[int, int], dict[int, Named]]

    @classmethod
    def of(cls, rows: Iterable[tuple[Prefix, Named]]) -> Kinds:
        """From prefixes; a prefix that is given two kinds is unknown, and then of no AS."""
        by_length: dict[tuple[int, int], dict[int, Named]] = {}
        for prefix, named in rows:
            at = by_length.setdefault((prefix.version, prefix.prefixlen), {})
            number = int(prefix.network_address)
            at[number] = named if at.get(number, named) == named else ("unknown", "")
        return cls(by_length)

    def kind_of(self, ip: str) -> Named | None:
        """Kind and AS of the longest prefix that holds the address; None: none does."""
        address = ipaddress.ip_address(ip)
        for version, length in sorted(self.by_length, reverse=True):
            if version == address.version:
                shift = address.max_prefixlen - length
                named = self.by_length[version, length].get(int(address) >> shift << shift)
                if named is not None:
                    return named
        return None


@dataclass(frozen=True, slots=True)
class Listed:
    """One provider's list on the day, against the table."""

    source: str
    kind: str
    n_listed: int
    called: Counter[str]
    """By kind that the table gives; `uncovered` where it has no prefix."""
    called_elsewhere: Counter[str]
    """Of those, the ones that another AS announces than the list names."""


def read_rows(file: Path) -> Iterator[dict[str, str]]:
    """The rows of a networks CSV."""
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def listed(rows: Iterable[dict[str, str]], day: str, table: Kinds) -> list[Listed]:
    """The providers' lists as they stood on a day; corporate ones are of the table's own hand."""
    ranges: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in rows:
        if row["valid_from"] <= day < (row["valid_to"] or "9999") and row["kind"] != "corporate":
            of_list = ranges.setdefault((row["source"], row["kind"]), set())
            of_list.add((row["prefix"], row["asn"]))
    return [_listed(source, kind, entries, table) for (source, kind), entries in sorted(ranges.items())]


def _listed(source: str, kind: str, entries: set[tuple[str, str]], table: Kinds) -> Listed:
    called: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    for prefix, asn in entries:
        named = table.kind_of(prefix.split("/")[0])
        called[named[0] if named else "uncovered"] += 1
        if named and named[1] != asn:
            elsewhere[named[0]] += 1
    return Listed(source, kind, len(entries), called, elsewhere)


@dataclass(frozen=True, slots=True)
class Checked:
    """Addresses with an expected verdict."""

    n: int
    n_uncovered: int
    n_unknown: int
    wrong: tuple[str, ...]


def spot_checks(text: str, table: Kinds) -> dict[str, Checked]:
    """By kind expected (`special` for private and carrier NAT ranges)."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    for ip, verdict in _CHECK.findall(text):
        expected = _EXPECTED.get(verdict, "special")
        named = ("special", "") if special_range(address_from_text(ip)) else table.kind_of(ip)
        found.setdefault(expected, []).append((ip, named and named[0]))
    return {kind: _checked(kind, answers) for kind, answers in sorted(found.items())}


def _checked(expected: str, answers: list[tuple[str, str | None]]) -> Checked:
    covered = [(ip, kind) for ip, kind in answers if kind is not None]
    wrong = [f"{ip}: {kind}" for ip, kind in covered if kind not in (expected, "unknown")]
    n_unknown = sum(kind == "unknown" != expected for _, kind in covered)
    return Checked(len(answers), len(answers) - len(covered), n_unknown, tuple(wrong))


def measure(folder: Path, day: str = TABLE_DAY) -> dict[str, object]:
    """All that is measured, as it is written to the JSON: whole numbers and text only."""
    file = folder / f"networks-{day}.csv"
    table = Kinds.of(
        (ipaddress.ip_network(row["prefix"]), (row["kind"], row["asn"])) for row in read_rows(file)
    )
    lists = listed(read_rows(folder / "networks-intervals.csv"), day, table)
    checks = spot_checks((folder / "spotchecks.yml").read_text(encoding="utf-8"), table)
    kinds = sorted({each.kind for each in lists})
    return {
        "measured_on": day,
        "table": sorted({row["source"] for row in read_rows(file)}),
        "kinds": {kind: _summed(kind, [each for each in lists if each.kind == kind]) for kind in kinds},
        "spot_checks": {
            kind: {"n": c.n, "uncovered": c.n_uncovered, "unknown": c.n_unknown, "wrong": list(c.wrong)}
            for kind, c in checks.items()
        },
    }


def _summed(kind: str, lists: list[Listed]) -> dict[str, object]:
    called = sum((each.called for each in lists), Counter[str]())
    elsewhere = sum((each.called_elsewhere for each in lists), Counter[str]())
    return {
        **_figures(kind, called),
        "other_as": _figures(kind, elsewhere),
        "listed": sum(each.n_listed for each in lists),
        "sources": {each.source: _figures(kind, each.called) for each in lists},
    }


def _figures(kind: str, called: Counter[str]) -> dict[str, object]:
    """Of the ranges covered, how many are called what; the bounds are in per cent, as text."""
    n = sum(called.values()) - called["uncovered"]
    wrong = n - called[kind] - called["unknown"]
    share = proportion(wrong, n) if n else None
    return {
        "n": n,
        "wrong": wrong,
        "unknown": called["unknown"],
        "called": {name: called[name] for name in sorted(called) if name != "uncovered"},
        "low": f"{100 * share.low:.2f}" if share else "",
        "high": f"{100 * share.high:.2f}" if share else "",
        "upper95": f"{100 * share.upper95:.2f}" if share else "",
    }


def main() -> int:
    """Measure, and write what `attribution.kinderrors` tells people."""
    parser = argparse.ArgumentParser(prog="python -m swarmwitness.lab.kinds", description=__doc__)
    parser.add_argument("folder", type=Path, help="the networks folder of the shared data")
    parser.add_argument("--out", type=Path, default=WRITTEN)
    chosen = parser.parse_args()
    text = json.dumps(measure(chosen.folder), indent=1, sort_keys=True) + "\n"
    chosen.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
