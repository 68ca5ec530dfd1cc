# SPDX-License-Identifier: Apache-2.0
"""Whole files: as received -> a networks table that intake takes."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from swarmwitness.attribution.sources import Told
from swarmwitness.attribution.sources.convert import convert, organisations_beside
from swarmwitness.intake import take_table
from swarmwitness.terms import InputError

DAY, TODAY = dt.date(2025, 4, 2), dt.date(2026, 11, 24)
AWS = json.dumps(
    {
        "syncToken": "1",
        "createDate": "2025-04-02-00-53-07",
        "prefixes": [
            {"ip_prefix": "198.51.100.0/24", "service": "EC2"},
            {"ip_prefix": "192.0.2.1/24", "service": "EC2"},
            {"ip_prefix": "192.0.2.0/24", "service": "EC2"},
            {"ip_prefix": "9.0.0.0/8", "service": "EC2"},
        ],
        "ipv6_prefixes": [],
    }
).encode()
DELEGATED = b"""2|ripencc|20250402|3|19830101|20250402|+0000
ripencc|*|ipv4|*|1|summary
ripencc|*|asn|*|1|summary
ripencc|NL|asn|64500|1|20100101|allocated|abc-1
ripencc|NL|ipv4|192.0.2.0|256|20100101|allocated|abc-1
"""


def put(tmp_path: Path, name: str, data: bytes) -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


def test_a_file_becomes_a_table_that_intake_takes(tmp_path: Path) -> None:
    packed = gzip.compress(AWS, mtime=0)
    into = tmp_path / "out.parquet"
    seen: list[int] = []
    made = convert(
        put(tmp_path, "ip.json.gz", packed), into, Told("aws"), today=TODAY, on_progress=seen.append
    )
    sha256 = hashlib.sha256(packed).hexdigest()
    assert (made.format, made.sha256, made.as_of, made.rows, made.n_refused) == ("aws", sha256, DAY, 3, 1)
    assert made.refused.to_pylist() == [{"place": 2, "reason": "host bits set", "text": "192.0.2.1/24"}]
    rows, rejected, _ = take_table("networks", [into], root=tmp_path)
    assert rejected.num_rows == 0
    assert [(row["prefix"], row["derived_from"]) for row in rows.to_pylist()] == [
        ("9.0.0.0/8", f"file:{sha256}#4"),
        ("192.0.2.0/24", f"file:{sha256}#3"),
        ("198.51.100.0/24", f"file:{sha256}#1"),
    ]
    first = rows.to_pylist()[0]
    assert (first["valid_from"], first["valid_to"], first["as_of"]) == (DAY, dt.date(2025, 4, 3), DAY)
    assert (first["source"], first["says"], first["kind"]) == ("aws", "organisation", "datacentre")
    assert seen == [4]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ip.json.gz", "out.parquet"]


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    path = put(tmp_path, "ip.json", AWS)
    for name in ("a", "b"):
        convert(path, tmp_path / name, Told("aws"))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_origins_stand_in_a_table_beside(tmp_path: Path) -> None:
    into = tmp_path / "nro.parquet"
    made = convert(put(tmp_path, "delegated-ripencc-extended-20250402", DELEGATED), into, Told("nro"))
    assert made.organisations == organisations_beside(into)
    rows, rejected, _ = take_table("organisations", [made.organisations], root=tmp_path)
    assert rejected.num_rows == 0
    (tie,) = rows.to_pylist()
    assert (tie["member_id"], tie["valid_from"], tie["source"]) == ("as64500", DAY, "nro")
    (row,) = pq.read_table(into).to_pylist()
    assert row["org_id"] == tie["org_id"]
    convert(put(tmp_path, "list", b"192.0.2.0/24"), into, Told("x", DAY))
    assert not organisations_beside(into).exists(), "none of an earlier file stays"


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: bz2.compress(data, 1)])
def test_a_file_cut_short_is_read_as_far_as_it_goes(tmp_path: Path, pack) -> None:  # type: ignore[no-untyped-def]
    wanted = [f"192.0.{n // 256 % 256}.{n % 256}" for n in range(20_000)]
    packed = pack("\n".join(wanted).encode())
    made = convert(put(tmp_path, "list", packed[: len(packed) * 3 // 4]), tmp_path / "o", Told("x", DAY))
    assert 0 < made.rows < 20_000
    found = pq.read_table(tmp_path / "o").column("prefix").to_pylist()
    assert found == [f"{ip}/32" for ip in wanted[: made.rows]], "half an address is no address"
    (last,) = made.refused.to_pylist()
    assert last["reason"].startswith("the packed file is cut short")


def test_a_packed_file_of_which_nothing_came_out_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="list: the packed file is cut short behind plain byte 0"):
        convert(put(tmp_path, "list", gzip.compress(b"x")[:10]), tmp_path / "o", Told("x", DAY))


def test_an_unfinished_last_line_is_warned_of(tmp_path: Path) -> None:
    made = convert(put(tmp_path, "list", b"192.0.2.1\n192.0.2.2"), tmp_path / "o", Told("x", DAY))
    assert made.rows == 2
    assert "the last line has no end" in made.warnings[0]


@pytest.mark.parametrize(
    ("name", "data", "told", "why"),
    [
        ("list", b"192.0.2.0/24", Told("x"), "--as-of is needed"),
        ("list", b"192.0.2.0/24", Told("x", dt.date(2026, 11, 25)), "a day to come"),
        ("list", b"192.0.2.0/24", Told("x", dt.date(1970, 1, 1)), "before there were such"),
        ("ip.json", AWS.replace(b"2025", b"2027"), Told("x"), "2027-04-02, a day to come"),
        ("odd", b"\0\1\2", Told("x", DAY), "no format that is known.*--format: networks, mrt"),
        ("empty", b"", Told("x", DAY), "no format that is known"),
        ("none", None, Told("x", DAY), "cannot be read"),
    ],
)
def test_what_is_refused_whole(tmp_path: Path, name: str, data: bytes | None, told: Told, why: str) -> None:
    if data is not None:
        put(tmp_path, name, data)
    with pytest.raises(InputError, match=why) as refusal:
        convert(tmp_path / name, tmp_path / "out", told, today=TODAY)
    assert refusal.value.file == name
    assert not (tmp_path / "out").exists()


def test_the_files_own_day_counts_and_the_other_is_told_of(tmp_path: Path) -> None:
    made = convert(put(tmp_path, "ip.json", AWS), tmp_path / "o", Told("aws", dt.date(2025, 4, 9)))
    assert made.as_of == DAY
    assert made.warnings == ("the file says that it is of 2025-04-02, not of 2025-04-09: 2025-04-02 counts",)


def test_a_format_may_be_named(tmp_path: Path) -> None:
    path = put(tmp_path, "feed", b"192.0.2.0/24\n")
    assert convert(path, tmp_path / "o", Told("x", DAY), format="geofeed").format == "geofeed"
    assert convert(path, tmp_path / "o", Told("x", DAY), format="auto").format == "list"
    with pytest.raises(InputError, match="no format is called 'x'; there are"):
        convert(path, tmp_path / "o", Told("x", DAY), format="x")


def test_dated_records_need_no_day_of_the_file(tmp_path: Path) -> None:
    data = (
        b"ExitNode A\nExitAddress 192.0.2.1 2025-04-01 00:00:00\nExitAddress 192.0.2.2 2027-04-01 00:00:00\n"
    )
    made = convert(put(tmp_path, "exits", data), tmp_path / "o", Told("tor"), today=TODAY)
    assert (made.as_of, made.rows) == (None, 1)
    assert made.refused.to_pylist()[0]["reason"] == "speaks of a day to come"


def test_a_table_of_our_own_keeps_its_words(tmp_path: Path) -> None:
    csv = b"prefix,org_id,valid_from,valid_to,source\n192.0.2.0/24,x,2020-01-01,,me\n192.0.2.1/24,y,,,me\n"
    made = convert(put(tmp_path, "n.csv.gz", gzip.compress(csv)), tmp_path / "o", Told("ignored"))
    assert (made.format, made.rows, made.n_refused) == ("networks", 1, 1)
    (row,) = pq.read_table(tmp_path / "o").to_pylist()
    assert (row["org_id"], row["valid_to"], row["source"]) == ("x", None, "me")
    assert row["derived_from"].endswith("#1")
