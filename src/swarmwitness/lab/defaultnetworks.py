# SPDX-License-Identifier: Apache-2.0
"""Makes the tables that are shipped: `python -m swarmwitness.lab.defaultnetworks FOLDER INTO`.

Theory of operation. Of the dated sample in FOLDER only rows under CC0 or CC BY 4.0 go in. What is changed
stands in the README beside the tables:
- a list of addresses that its operator rents (VPN exits, a crawler's) says `kind`; one made of routes in a
  routing registry says `authority`: neither has a voice in whose a prefix is.
- an interval that is open ends the day behind the last change that the lists show: nobody watched after it.
- `as_of` is the day of a snapshot, and the last day watched of an open interval.
- ties of autonomous systems to an operator's word begin on the first day on which a row here names both:
  what held before is not known from these tables.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.attribution.sources.writing import NETWORKS_SCHEMA, ORGANISATIONS_SCHEMA

TABLES = ("networks-2025-04-02.csv", "networks-2026-06-17.csv", "networks-intervals.csv")
FREE = ("ip-location-db-asn", "ipranges-")
"""How the names of sources begin that may be handed on: CC BY 4.0, CC0."""
_RENTED = {"ipranges-protonvpn": "", "ipranges-openai": "crawler"}
_REGISTRY_ROUTES = ("ipranges-facebook",)
OPERATORS: dict[str, tuple[int, ...]] = {
    "akamai": (16625, 20940, 63949),
    "amazon": (8987, 14618, 16509),
    "apple": (714,),
    "cloudflare": (13335, 209242),
    "digitalocean": (14061,),
    "fastly": (54113,),
    "google": (15169, 396982),
    "hetzner": (24940,),
    "meta": (32934, 54115, 63293, 149642),
    "microsoft": (8068, 8069, 8075),
    "oracle": (7160, 31898),
    "ovh": (16276,),
    "vultr": (20473,),
}
_NAMED = {"meta": "facebook"}
"""What a name must hold to speak of the operator, where that is not the operator's own word."""
_A_DAY = dt.timedelta(days=1)
Row = dict[str, str | dt.date | None]


def tables_of(folder: Path) -> tuple[pa.Table, pa.Table]:
    """The networks and organisations that may be shipped, each in a total order."""
    rows = [row for name in TABLES for row in _free_rows(folder / name)]
    last = max(day for row in rows for day in _watched(row))
    rows = [_closed(row, last) for row in rows]
    rows.sort(key=lambda row: [str(row[name] or "") for name in ("source", "prefix", "valid_from", "org_id")])
    ties = list(_ties(rows))
    return pa.Table.from_pylist(rows, NETWORKS_SCHEMA), pa.Table.from_pylist(ties, ORGANISATIONS_SCHEMA)


def _free_rows(path: Path) -> Iterator[Row]:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.DictReader(file), 1):
            if cells["source"].startswith(FREE):
                yield _row(cells, f"file:{sha256}#{number}")


def _row(cells: dict[str, str], derived_from: str) -> Row:
    source, begins = cells["source"], dt.date.fromisoformat(cells["valid_from"])
    says = "kind" if source in _RENTED else "authority" if source in _REGISTRY_ROUTES else "organisation"
    return {
        "prefix": cells["prefix"],
        "org_id": cells["org_id"],
        "org_name": cells["org_name"] or None,
        "asn": cells["asn"] or None,
        "kind": cells["kind"],
        "valid_from": begins,
        "valid_to": dt.date.fromisoformat(cells["valid_to"]) if cells["valid_to"] else None,
        "as_of": None if source.startswith("ipranges-") else begins,
        "source": source,
        "says": says,
        "service": _RENTED.get(source) or None,
        "derived_from": derived_from,
    }


def _watched(row: Row) -> Iterator[dt.date]:
    """The days on which a list changed."""
    if str(row["source"]).startswith("ipranges-"):
        yield from (day for day in (row["valid_from"], row["valid_to"]) if isinstance(day, dt.date))


def _closed(row: Row, last: dt.date) -> Row:
    return row if row["valid_to"] else {**row, "valid_to": last + _A_DAY, "as_of": last}


def _ties(rows: Sequence[Row]) -> Iterator[Row]:
    for operator, numbers in sorted(OPERATORS.items()):
        for number in numbers:
            named = [row for row in rows if row["asn"] == str(number) and _names(row, operator)]
            if named:
                first = min(named, key=lambda row: (str(row["valid_from"]), str(row["org_name"])))
                yield {
                    "member_id": f"as{number}",
                    "org_id": operator,
                    "org_name": first["org_name"],
                    "relation": "same",
                    "valid_from": first["valid_from"],
                    "valid_to": None,
                    "source": f"default ({first['source']})",
                }


def _names(row: Row, operator: str) -> bool:
    word = _NAMED.get(operator, operator)
    return row["says"] == "organisation" and word in str(row["org_name"] or "").lower()


def write(folder: Path, into: Path) -> None:
    """Write both tables."""
    networks, organisations = tables_of(folder)
    delta = ["derived_from", "prefix"]
    pq.write_table(
        networks,
        into / "networks.parquet",
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in networks.column_names if name not in delta],  # type: ignore[arg-type]
        column_encoding=dict.fromkeys(delta, "DELTA_BYTE_ARRAY"),
    )
    with (into / "organisations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, organisations.column_names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(organisations.to_pylist())


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
