# SPDX-License-Identifier: Apache-2.0
"""`reveal`: which address a pseudonym stands for, asked with a reason, sealed before it is told."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq

from swarmwitness.case.config import CaseConfig
from swarmwitness.case.custody.acts import CaseActs, reason
from swarmwitness.case.custody.selecting import exhibits_of
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.pseudonyms import Pseudonyms, former_pseudonyms_of, is_pseudonym
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.intake import take_sightings
from swarmwitness.observation import Replayer
from swarmwitness.terms import InputError, Instant

MAX_ASKED = 10_000


@dataclass(frozen=True, slots=True)
class Revealed:
    """What was asked, and found. It holds addresses: print it, keep it nowhere.

    Attributes:
        asked: Index of the act that says so, sealed before anything was looked up.
        addresses: By pseudonym; None = no address of the case has it.
    """

    origin: str
    asked: int
    addresses: dict[str, str | None]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {"act": f"log:{self.origin}/{self.asked}", "addresses": self.addresses}


def reveal(case_dir: Path, pseudonyms: Sequence[str], *, why: str, by: str | None = None) -> Revealed:
    """Look up pseudonyms. When this returns, both the asking and its outcome are sealed.

    Raises:
        InputError: no reason, no pseudonym, no authority that still holds (a synthetic case needs
            none), or the pseudonym key is not here.
        VerificationError: a log can't be read.
    """
    stated, wanted = reason(why), _wanted(pseudonyms)
    with CaseActs(case_dir, "reveal", by) as acts:
        allowed(acts.config, acts.clock.read(), case_dir)
        asked = acts.record("reveal", on={"pseudonyms": list(wanted)}, why=stated)
        acts.seal()
        keys = [p for p in (acts.pseudonyms, former_pseudonyms_of(case_dir, acts.config)) if p is not None]
        addresses = _look_up(wanted, keys, _addresses(acts.folder, acts.config))
        acts.record(
            "revealed",
            on={"asked": f"log:{acts.origin}/{asked}"},
            why=stated,
            result={
                "found": sorted(p for p, ip in addresses.items() if ip is not None),
                "not_found": sorted(p for p, ip in addresses.items() if ip is None),
            },
        )
    return Revealed(acts.origin, asked, addresses)


def allowed(config: CaseConfig, now: Instant, case_dir: Path) -> None:
    """Whether anybody may be told whom a case is about.

    Raises:
        InputError: case.toml names no authority, or it has ended, and the case is not synthetic.
    """
    if config.synthetic:
        return
    file = str(case_dir / "case.toml")
    if config.authority is None:
        raise InputError(
            "names no authority, under which alone addresses are told", file=file, field="authority"
        )
    today = dt.datetime.fromtimestamp(now.utc_ns / 1e9, tz=dt.UTC).date()
    if today > config.authority.expires:
        raise InputError(
            f"the authority ended on {config.authority.expires}", file=file, field="authority.expires"
        )


def _wanted(pseudonyms: Sequence[str]) -> tuple[str, ...]:
    if not pseudonyms or len(pseudonyms) > MAX_ASKED:
        raise InputError(f"name 1 to {MAX_ASKED} pseudonyms", field="pseudonyms")
    for text in pseudonyms:
        if not is_pseudonym(text):
            raise InputError("is no pseudonym; one reads addr-xxxxxxxxxx", field="pseudonyms")
    return tuple(dict.fromkeys(pseudonyms))


def _look_up(
    wanted: Sequence[str], keys: Sequence[Pseudonyms], addresses: Iterable[str]
) -> dict[str, str | None]:
    found: dict[str, str | None] = dict.fromkeys(wanted)
    seen: set[str] = set()
    for ip in addresses:
        if ip in seen:
            continue
        seen.add(ip)
        for key in keys:
            pseudonym = key.of(ip)
            if pseudonym in found and found[pseudonym] is None:
                found[pseudonym] = ip
    return found


def _addresses(folder: CaseFolder, config: CaseConfig) -> Iterator[str]:
    """Every address of the case's rows, foreign and replayed, and of its sets."""
    for address_set in config.sets:
        yield from address_set.addresses
    with tempfile.TemporaryDirectory(prefix="swarmwitness-") as scratch:
        into = Path(scratch) / "sightings.parquet"
        take_sightings(folder.tables("sightings"), into, mapping=config.intake, root=folder.root)
        with pq.ParquetFile(into) as file:
            for batch in file.iter_batches(columns=["ip"]):
                yield from cast("list[str]", batch.column("ip").unique().to_pylist())
    for log in folder.logs:
        if log.observes:
            replayer = Replayer(read_checkpoint(log.path).origin)
            for index, exhibit in exhibits_of(log):
                yield from (row.ip for row in replayer.feed(index, exhibit))
            yield from (row.ip for row in replayer.finish())
