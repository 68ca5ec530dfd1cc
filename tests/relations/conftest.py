# SPDX-License-Identifier: Apache-2.0
"""Small worlds of sightings, and a plain-Python reading of every kernel that knows no engine."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.intake import WorkRegistry, schema_of
from swarmwitness.relations import Engine, engine_of
from swarmwitness.terms import Bitfield
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

Row = dict[str, Any]
PIECE = 16384
START = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
FULL = "dd" * 32
HASHES = [f"{n:02x}" * 20 for n in range(6)]


def pack() -> Metainfo:
    """Four pieces: 0 is one.mkv's, 1 is shared, 2 and 3 are two.mkv's."""
    files = [
        {b"length": PIECE + 100, b"path": [b"one.mkv"]},
        {b"length": 3 * PIECE - 100, b"path": [b"two.mkv"]},
    ]
    info = {b"name": b"pack", b"piece length": PIECE, b"pieces": bytes(80), b"files": files}
    return Metainfo.from_wire(encode({b"info": info}))


def hybrid() -> Metainfo:
    leaf = {b"": {b"length": 5, b"pieces root": b"\1" * 32}}
    info = {
        b"name": b"two",
        b"length": 5,
        b"meta version": 2,
        b"piece length": PIECE,
        b"pieces": bytes(20),
        b"file tree": {b"two": leaf},
    }
    return Metainfo.from_wire(encode({b"info": info}))


PACK, TWIN = pack(), hybrid()
PACK_HASH = PACK.info_hashes[0].to_text()
TWIN_V1, TWIN_V2 = (name.to_text() for name in TWIN.info_hashes)
TORRENTS = {PACK_HASH: PACK, TWIN_V1: TWIN, TWIN_V2: TWIN, TWIN_V2[:40]: TWIN}
WORKS: list[Row] = [
    {"info_hash": HASHES[0], "title": "a", "work_id": "A", "owner": "case", "kind": "film"},
    {"info_hash": HASHES[1], "title": "a again", "work_id": "A", "owner": "case", "kind": "film"},
    {"info_hash": HASHES[2], "title": "b", "owner": "studio", "kind": "book"},
    {
        "info_hash": FULL,
        "title": "c",
        "work_id": "C",
        "owner": "case",
        "kind": "episode",
        "released_at": START,
    },
    {"info_hash": TWIN_V2, "title": "twin", "work_id": "T", "owner": "case", "kind": "film"},
    {
        "info_hash": PACK_HASH,
        "title": "one",
        "work_id": "P1",
        "path": "one.mkv",
        "owner": "case",
        "kind": "film",
    },
    {
        "info_hash": PACK_HASH,
        "title": "two",
        "work_id": "P2",
        "path": "two.mkv",
        "owner": "other",
        "kind": "film",
    },
]
SEEN = [*HASHES, FULL, FULL[:40], TWIN_V1, TWIN_V2, TWIN_V2[:40], PACK_HASH, PACK_HASH]


def registry() -> WorkRegistry:
    return WorkRegistry.of(pa.Table.from_pylist(WORKS, schema_of("works")), TORRENTS)


def sighting(**more: Any) -> Row:
    base: Row = {
        "observed_at": START,
        "ip": "192.0.2.1",
        "port": 6881,
        "info_hash": HASHES[0],
        "rung": 0,
        "source": "tracker",
        "collector": "c",
        "exhibit": "file:00#1",
        "rung_basis": "asserted",
        "bytes_received": 0,
    }
    return base | more


@dataclass
class World:
    """Sightings (typed as intake writes them), attributed days and members."""

    sightings: list[Row]
    holders: dict[tuple[str, dt.date], tuple[str, str, str]] = field(default_factory=dict)
    members: list[Row] = field(default_factory=list)

    def write(self, folder: Path) -> list[Path]:
        """Two files, the second without the columns that it need not have."""
        half = len(self.sightings) // 2
        first, second = folder / "s1.parquet", folder / "s2.parquet"
        pq.write_table(pa.Table.from_pylist(self.sightings[:half], schema_of("sightings")), first)
        whole = pa.Table.from_pylist(self.sightings[half:], schema_of("sightings"))
        pq.write_table(whole.drop_columns(["ltep", "sighting_id"]), second)
        return [first, second]

    def attributed(self) -> pa.Table:
        rows = [
            {"ip": ip, "day": day, "org_id": org, "org_kind": kind, "org_agreement": agreement}
            for (ip, day), (org, kind, agreement) in self.holders.items()
        ]
        schema = pa.schema(
            [
                ("ip", pa.string()),
                ("day", pa.date32()),
                ("org_id", pa.string()),
                ("org_kind", pa.string()),
                ("org_agreement", pa.string()),
            ]
        )
        return pa.Table.from_pylist(rows, schema)

    def attributed_file(self, folder: Path) -> Path:
        pq.write_table(self.attributed(), folder / "attributed.parquet")
        return folder / "attributed.parquet"

    def member_table(self) -> pa.Table:
        stamp = pa.timestamp("us", "UTC")
        schema = pa.schema(
            [("set", pa.string()), ("ip", pa.string()), ("valid_from", stamp), ("valid_to", stamp)]
        )
        return pa.Table.from_pylist(self.members, schema)


IPS = ["192.0.2.1", "192.0.2.2", "198.51.100.7", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "::1"]


PEERS = [f"2d{code}343532302d{'00' * 12}" for code in ("5142", "5452")] + ["2d5142" + "00" * 17]
"""Two clients of the form -XX4520-, and one of no such form."""


def random_world(seed: int, n: int = 250) -> World:
    rng = random.Random(seed)
    rows = []
    for number in range(n):
        copy = rng.choice(rows) if rows and rng.random() < 0.1 else None
        bits = Bitfield(bytes([rng.choice([0, 0x40, 0x80, 0x20, 0xF0])]), 4).raw.hex()
        fresh = sighting(
            observed_at=START
            + dt.timedelta(days=rng.choice([0, 1, 2, 6, 95, 200, 400]), seconds=rng.randrange(3) * 40_000),
            ip=rng.choice(IPS),
            port=rng.choice([None, 6881, 6882]),
            info_hash=rng.choice(SEEN),
            rung=rng.randrange(12),
            source=rng.choice(["tracker", "inbound", None]),
            bytes_received=rng.choice([None, 0, 16384, 2**40]),
            peer_id=rng.choice([None, *PEERS]),
            client=rng.choice([None, "x"]),
            rung_basis=rng.choice(["asserted", "replayed"]),
            pieces=rng.choice([None, bits, bits, "ffff"]),
        )
        rows.append((copy or fresh) | {"exhibit": f"file:00#{number + 1}"})
    days = sorted({(row["ip"], row["observed_at"].date()) for row in rows})
    answers = [
        ("", "unknown", "unknown"),
        ("x", "corporate", "unanimous"),
        ("x", "vpn", "stale"),
        ("y", "vpn", "majority"),
        ("", "unknown", "split"),
        ("", "vpn", "split"),
        ("x", "unknown", "unanimous"),
    ]
    holders = {pair: rng.choice(answers) for pair in days if rng.random() < 0.9}
    members = [
        {
            "set": name,
            "ip": ip,
            "valid_from": rng.choice([None, START]),
            "valid_to": rng.choice([None, START + dt.timedelta(days=rng.choice([1, 96]))]),
        }
        for name in ("corporate", "hidden", "hidden", "empty")
        for ip in IPS
        if name != "empty" and rng.random() < 0.6
    ]
    members.append({"set": "empty", "ip": "203.0.113.9", "valid_from": None, "valid_to": None})
    members.append({"set": "corporate", "ip": "::ffff:192.0.2.2", "valid_from": None, "valid_to": START})
    return World(rows, holders, members)


class Oracle:
    """Every kernel once more, row by row, with dicts and loops."""

    def torrent(self, info_hash: str) -> str:
        names = {FULL[:40]: FULL, TWIN_V2: TWIN_V1, TWIN_V2[:40]: TWIN_V1}
        return names.get(info_hash, info_hash)

    def works(self, row: Row) -> list[tuple[str, bool, str]]:
        """(work, registered, kind) of a sighting: its own, then those that a bundle's bitfield shows."""
        torrent = self.torrent(row["info_hash"])
        if torrent == PACK_HASH:
            bits = int(row["pieces"], 16) if row.get("pieces") and len(row["pieces"]) == 2 else 0
            bits = bits if 3 <= row["rung"] <= 9 else 0
            shown = [("P1", True, "film")] * bool(bits & 0x80) + [("P2", False, "film")] * bool(bits & 0x30)
            return [(torrent, False, ""), *shown]
        known = {
            HASHES[0]: ("A", True, "film"),
            HASHES[1]: ("A", True, "film"),
            HASHES[2]: (HASHES[2], False, "book"),
            FULL: ("C", True, "episode"),
            TWIN_V1: ("T", True, "film"),
        }
        return [known.get(torrent, (torrent, False, ""))]

    def fold(self, sightings: list[Row]) -> list[Row]:
        best: dict[tuple[Any, ...], tuple[Any, Row]] = {}
        for raw in sightings:
            row = raw | {
                name: raw.get(name) or "" for name in ("source", "collector", "peer_id", "client", "pieces")
            }
            row |= {"port": raw["port"] or 0, "bytes_received": raw["bytes_received"] or 0}
            key = tuple(
                row[name]
                for name in (
                    "observed_at",
                    "ip",
                    "port",
                    "info_hash",
                    "rung",
                    "source",
                    "collector",
                    "peer_id",
                )
            )
            rank = (
                row["rung_basis"] != "replayed",
                -row["bytes_received"],
                len(row["exhibit"]),
                row["exhibit"],
            )
            if key not in best or rank < best[key][0]:
                best[key] = (rank, row)
        rows = []
        for _, row in best.values():
            counted = False
            for at, (work, registered, kind) in enumerate(self.works(row)):
                first = registered and not counted
                counted = counted or registered
                more = {
                    "work_id": work,
                    "registered": registered,
                    "kind": kind,
                    "counts_all": int(at == 0),
                    "counts_case": int(first),
                }
                rows.append(row | more | {"torrent": self.torrent(row["info_hash"])})
        return rows

    def lease(self, rows: list[Row], holders: dict[tuple[str, dt.date], tuple[str, str, str]]) -> list[Row]:
        """The leases; every row is given its `lease_id`."""
        groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for row in rows:
            port = 0 if row["source"] == "inbound" else row["port"]
            groups[self.net(row["ip"]), port].append(row)
        return [
            self.described(port, own, holders)
            for (_, port), group in groups.items()
            for own in self.split(group, holders)
        ]

    def net(self, ip: str) -> str:
        return ip if "." in ip else str(ipaddress.IPv6Network(f"{ip}/64", strict=False))

    def orgs(self, rows: list[Row], day: dt.date, holders: dict[Any, Any]) -> set[str]:
        answers = [
            holders.get((row["ip"], day), ("", "", "unknown"))
            for row in rows
            if row["observed_at"].date() == day
        ]
        return {org for org, _, _ in answers if org}

    def client(self, rows: list[Row], day: dt.date) -> str | None:
        """The one client of a day, by peer ids of the form -XX....-, from rung 2 up."""
        codes = {
            row["peer_id"][2:6]
            for row in rows
            if row["observed_at"].date() == day
            and 2 <= row["rung"] <= 9
            and row["peer_id"][:2] == row["peer_id"][14:16] == "2d"
        }
        return codes.pop() if len(codes) == 1 else None

    def kind(self, rows: list[Row], day: dt.date, holders: dict[Any, Any]) -> str | None:
        """The one kind of a day, whoever holds the addresses."""
        answers = [
            holders.get((row["ip"], day), ("", "", "")) for row in rows if row["observed_at"].date() == day
        ]
        kinds = {kind for _, kind, _ in answers} - {"", "unknown"}
        return kinds.pop() if len(kinds) == 1 else None

    def split(self, group: list[Row], holders: dict[Any, Any]) -> Iterator[list[Row]]:
        group.sort(key=lambda row: row["observed_at"])
        lease: list[Row] = []
        known, client, kind, day = None, None, None, None
        for row in group:
            if row["observed_at"].date() != day:
                day = row["observed_at"].date()
                orgs = self.orgs(group, day, holders)
                org = next(iter(orgs)) if len(orgs) == 1 else None
                now = self.client(group, day)
                limit = dt.timedelta(days=3 if kind in ("mobile", "vpn") else 90)
                silent = lease and row["observed_at"] - lease[-1]["observed_at"] > limit
                moved = known and org and known != org
                if lease and (silent or moved or (now and client and now != client)):
                    yield lease
                    lease = []
                known, client = org or known, now or client
                kind = self.kind(group, day, holders) or kind
            lease.append(row)
        yield lease

    def described(self, port: int, rows: list[Row], holders: dict[Any, Any]) -> Row:
        first = min(row["observed_at"] for row in rows)
        ip = min(row["ip"] for row in rows if row["observed_at"] == first)
        text = f"{ip}|{port}|{first.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"
        lease_id = hashlib.sha256(text.encode()).hexdigest()[:16]
        for row in rows:
            row["lease_id"] = lease_id
        bases = {row["rung_basis"] for row in rows}
        return {
            "lease_id": lease_id,
            "ip": ip,
            "port_cluster": port,
            "first_seen": first,
            "last_seen": max(row["observed_at"] for row in rows),
            "n_sightings": sum(row["counts_all"] for row in rows),
            "n_works": len({row["work_id"] for row in rows}),
            **self.holder(rows, holders),
            "max_rung": max((row["rung"] for row in rows if row["rung"] <= 9), default=0),
            "rung_basis": bases.pop() if len(bases) == 1 else "mixed",
            "progressed": any(row["rung"] == 4 for row in rows),
            "given_bytes": sum(
                row["bytes_received"] * row["counts_all"] for row in rows if 6 <= row["rung"] <= 9
            ),
        }

    def holder(self, rows: list[Row], holders: dict[Any, Any]) -> Row:
        firmness = ["unanimous", "majority", "stale", "unknown", "split"]
        named, kinds, worst, worst_named = set(), set(), 0, 0
        for day in {row["observed_at"].date() for row in rows}:
            told = [
                holders[row["ip"], day]
                for row in rows
                if row["observed_at"].date() == day and (row["ip"], day) in holders
            ]
            rank = max((firmness.index(agreement) for _, _, agreement in told), default=0)
            worst = max(worst, rank)
            orgs = {org for org, _, _ in told if org}
            if len(orgs) == 1:
                named |= orgs
                worst_named = max(worst_named, rank)
                day_kinds = {kind for _, kind, _ in told}
                kinds |= day_kinds if len(day_kinds) == 1 else set()
        if named:
            kind = kinds.pop() if len(kinds) == 1 else "unknown"
            return {"org_id": named.pop(), "org_kind": kind, "org_agreement": firmness[worst_named]}
        return {"org_id": "", "org_kind": "unknown", "org_agreement": "split" if worst == 4 else "unknown"}

    def chosen(self, rows: list[Row], members: list[Row], name: str, scope: str, rung: int) -> list[Row]:
        def inside(row: Row) -> bool:
            for member in members:
                ip = member["ip"].removeprefix("::ffff:")
                begun = member["valid_from"] is None or member["valid_from"] <= row["observed_at"]
                going = member["valid_to"] is None or row["observed_at"] < member["valid_to"]
                if member["set"] == name and ip == row["ip"] and begun and going:
                    return True
            return name == "everyone"

        return [
            row
            for row in rows
            if rung <= row["rung"] <= 9 and (scope == "all" or row["registered"]) and inside(row)
        ]

    def count(self, rows: list[Row], scope: str) -> Row:
        weight = f"counts_{scope}"
        return {
            "works": len({row["work_id"] for row in rows}),
            "downloads": len({(row["work_id"], row["ip"]) for row in rows}),
            "addresses": len({row["ip"] for row in rows}),
            "leases": len({row["lease_id"] for row in rows}),
            "sightings": sum(row[weight] for row in rows),
            "bytes_received": sum(row[weight] * row["bytes_received"] for row in rows),
        }


@pytest.fixture(scope="session", params=["duckdb", "polars", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine in turn; it is started once in a test process."""
    chosen = engine_of(request.param, memory_mib=1024)
    yield chosen
    chosen.close()


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(scope="session")
def works() -> WorkRegistry:
    return registry()


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    return random_world


@pytest.fixture(scope="session")
def one() -> Callable[..., Row]:
    return sighting
