# SPDX-License-Identifier: Apache-2.0
"""Real records of who held an address: ISC dhcpd lease files, with sightings laid over them.

The text form (dhcpd.leases(5)): `lease ADDRESS {` ... `starts W YYYY/MM/DD hh:mm:ss;` (UTC; W = day of
the week) or `starts epoch SECONDS;` ... `ends ...;` or `ends never;` ... `hardware ethernet MAC;` ...
`}`. A record without a holder or an end says nothing of a holding and is counted as left out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from swarmwitness.lab.leasing.rules import V0, V1, leases
from swarmwitness.lab.leasing.score import Score, score
from swarmwitness.lab.leasing.worlds import DAY_US, UNKNOWN, Sightings

_LEASE = re.compile(r"^\s*lease\s+(\S+)\s*\{(.*?)^\s*\}", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"^\s*(starts|ends)\s+(?:epoch\s+(\d+)|\d\s+(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d))\s*;", re.M)
_MAC = re.compile(r"^\s*hardware ethernet\s+([0-9a-f:]{17})\s*;", re.MULTILINE)
_STEP_S = 300


@dataclass(frozen=True, slots=True)
class Held:
    """One address held by one machine from `begin` until `end`, seconds since the epoch."""

    ip: str
    holder: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Records:
    """What a folder of lease files says."""

    held: tuple[Held, ...]
    n_records: int
    n_left_out: int


def holdings_in(folder: Path) -> Records:
    """All `*.leases` files of IPv4 in a folder; the same record in two files counts once."""
    found: set[Held] = set()
    n_records = n_left_out = 0
    for file in sorted(folder.glob("*.leases")):
        for match in _LEASE.finditer(file.read_text(encoding="utf-8", errors="replace")):
            n_records += 1
            one = _held(file.name, match[1], match[2])
            n_left_out += one is None
            found |= {one} if one else set()
    return Records(tuple(sorted(found, key=lambda h: (h.ip, h.begin, h.holder))), n_records, n_left_out)


def _held(network: str, ip: str, text: str) -> Held | None:
    """Addresses are private: each file is a network of its own, so its name is part of the address."""
    times = {which: _seconds(epoch, stamp) for which, epoch, stamp in _TIME.findall(text)}
    mac = _MAC.search(text)
    if mac is None or "starts" not in times or times.get("ends", 0) <= times["starts"]:
        return None
    return Held(f"{network} {ip}", mac[1], times["starts"], times["ends"])


def _seconds(epoch: str, stamp: str) -> int:
    if epoch:
        return int(epoch)
    return int(dt.datetime.strptime(stamp + " +0000", "%Y/%m/%d %H:%M:%S %z").timestamp())


def sightings_over(held: Iterable[Held]) -> Sightings:
    """A sighting every five minutes of each holding, all at the port that many clients share."""
    told = list(held)
    ips, holders = sorted({h.ip for h in told}), sorted({h.holder for h in told})
    rows = [
        (ips.index(h.ip), at, holders.index(h.holder), number)
        for number, h in enumerate(told)
        for at in range(h.begin, h.end, _STEP_S)
    ]
    rows.sort()
    address, at, subscriber, tenancy = (np.array([row[n] for row in rows], dtype=np.int64) for n in range(4))
    none = np.zeros(len(rows), np.int64)
    unknown = none + UNKNOWN
    return Sightings(
        at * (DAY_US // 86_400), address, none + 6881, unknown, unknown, none, subscriber, none, none,
        subscriber, tenancy, "unknown",
    )  # fmt: skip


def real_score(records: Records) -> str:
    """A paragraph for people."""
    lines = [
        f"\nreal lease files: {records.n_records} records, {records.n_left_out} without a holder and a span; "
        f"{len(records.held)} holdings of {len({h.ip for h in records.held})} addresses by "
        f"{len({h.holder for h in records.held})} machines; "
        f"{_passed_on(records.held)} addresses were held by more than one machine"
    ]
    if records.held:
        seen = sightings_over(records.held)
        lines += [f"{rule.name}: {_said(score(seen, leases(seen, rule)))}" for rule in (V0, V1)]
    return "\n".join(lines) + "\n"


def _passed_on(held: Iterable[Held]) -> int:
    holders: dict[str, set[str]] = {}
    for one in held:
        holders.setdefault(one.ip, set()).add(one.holder)
    return sum(len(each) > 1 for each in holders.values())


def _said(found: Score) -> str:
    return (
        f"{found.n_leases} leases, {found.n_mixed} mixed; {found.n_parted} of {found.n_steps:,} steps parted"
    )
