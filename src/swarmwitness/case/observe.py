# SPDX-License-Identifier: Apache-2.0
"""`observe`: watch the swarms of a case, seal what is seen, make live rows from the same exhibits."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.config import CaseConfig, ObserveConfig, read_config
from swarmwitness.case.create import sealed_file
from swarmwitness.case.custody import acts
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.logs.publishing import vouchers_of
from swarmwitness.case.pseudonyms import pseudonyms_of
from swarmwitness.case.targets import targets_of
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.observation import Replayer
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import InputError, Instant, Rung
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.terms.sighting import Sighting
from swarmwitness.vantage import (
    Clock,
    Entropy,
    Progress,
    Recorder,
    RecordingError,
    Summary,
    Target,
    WatchSettings,
    watch,
)
from swarmwitness.vantage.loop import run as run_loop
from swarmwitness.vantage.publish import Publisher, beside
from swarmwitness.vantage.vouchers import RecorderPlace

NO_EVIDENCE = "this case keeps no evidence log; `swarmwitness init CASE` begins one"


@dataclass(frozen=True, slots=True)
class ObserveSummary:
    """A watch that is over.

    Attributes:
        n_rows: Live rows; replay of the log gives the same ones.
        peers_by_rung: Distinct (address, port, info_hash) by the highest rung reached.
        checkpoint_file: Where the last checkpoint was kept apart.
    """

    origin: str
    progress: Progress | None
    summary: Summary | None
    n_rows: int
    peers_by_rung: dict[Rung, int]
    checkpoint_file: Path
    warnings: tuple[str, ...]

    @property
    def bytes_received(self) -> int:
        """Peer-wire bytes, whatever they carried."""
        return self.progress.received_bytes if self.progress else 0

    @property
    def bytes_of_works_uploaded(self) -> int:
        """0 by construction: no encoder for content exists."""
        return self.progress.work_bytes_uploaded if self.progress else 0

    @property
    def exhibits(self) -> int:
        """In the log when the watch ended."""
        return self.progress.exhibits if self.progress else 0

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "origin": self.origin,
            "exhibits": self.exhibits,
            "rows": self.n_rows,
            "peers_by_rung": {rung.name: n for rung, n in self.peers_by_rung.items()},
            "bytes_received": self.bytes_received,
            "bytes_of_works_uploaded": self.bytes_of_works_uploaded,
            "dials": self.summary.dials if self.summary else None,
            "outcomes": dict(self.summary.outcomes) if self.summary else {},
            "announces": dict(self.summary.announces) if self.summary else {},
            "oddities": dict(self.summary.oddities) if self.summary else {},
            "ended": self.summary.ended if self.summary else "interrupted",
            "checkpoint": str(self.checkpoint_file),
            "warnings": list(self.warnings),
        }


def observe(
    case_dir: Path,
    *,
    seconds: float,
    on_progress: Callable[[Progress], None] | None = None,
    on_row: Callable[[Sighting], None] | None = None,
) -> ObserveSummary:
    """Watch every swarm of the case for so long.

    Args:
        on_row: Given each live row as it is made. A watch of months makes more than memory holds, so
            none is kept here.

    Raises:
        InputError: the case is unfit, another observer is at work on it, or its key is elsewhere.
        VerificationError: its evidence is not what this key's writer left.
    """
    folder = CaseFolder.at(case_dir)
    config = read_config(case_dir)
    clock = Clock()
    targets, warnings = targets_of(folder, config, _today(clock.read()))
    if not os.path.lexists(folder.evidence):
        raise InputError(NO_EVIDENCE, file=str(case_dir))
    origin = read_checkpoint(folder.evidence).origin
    beginning = _beginning(folder, config)
    with _open(folder.evidence, origin, encrypt=config.encrypt) as log:
        _record_beginning(log, clock, config, beginning)
        live = _Live(Replayer(origin), on_progress, on_row)
        recorder = Recorder(log, clock, config.observe.vantage, live.take)
        publisher = Publisher(
            RecorderPlace(recorder, folder.evidence), vouchers_of(config.time), Entropy().draw
        )
        try:
            summary = _watch(targets, recorder, publisher, config, seconds=seconds, live=live)
        except RecordingError as error:
            why = f"{error}; nothing was observed after that, and what was sealed stays sealed"
            raise InputError(why, file=str(folder.evidence)) from error
        live.count(live.replayer.finish())
    kept = home.keep_checkpoint(origin, folder.evidence)
    progress = summary.progress if summary else live.last
    warnings += tuple(_absence(why, times) for why, times in publisher.absences.items())
    return ObserveSummary(origin, progress, summary, live.n_rows, live.peers_by_rung, kept, warnings)


def _absence(why: str, times: int) -> str:
    """Who did not vouch for the time or the history of what was seen."""
    return f"not vouched for: {why}" + (f" ({times} times)" if times > 1 else "")


@dataclass(slots=True)
class _Live:
    """Rows as they come, counted and handed on, and the last progress."""

    replayer: Replayer
    on_progress: Callable[[Progress], None] | None
    on_row: Callable[[Sighting], None] | None
    n_rows: int = 0
    last: Progress | None = None
    highest: dict[tuple[str, int | None, str], Rung] = field(default_factory=dict)

    def take(self, index: int, exhibit: Exhibit) -> None:
        self.count(self.replayer.feed(index, exhibit))

    def count(self, rows: list[Sighting]) -> None:
        self.n_rows += len(rows)
        for row in rows:
            peer = (row.ip, row.port, row.info_hash)
            self.highest[peer] = max(self.highest.get(peer, Rung.LISTED), row.rung)
            if self.on_row is not None:
                self.on_row(row)

    @property
    def peers_by_rung(self) -> dict[Rung, int]:
        return dict(sorted(Counter(self.highest.values()).items()))

    def tell(self, progress: Progress) -> None:
        self.last = progress
        if self.on_progress is not None:
            self.on_progress(progress)


def _watch(
    targets: list[Target],
    recorder: Recorder,
    publisher: Publisher,
    config: CaseConfig,
    *,
    seconds: float,
    live: _Live,
) -> Summary | None:
    said = config.observe
    conduct = Conduct(
        contact=said.contact,
        dials_per_network_per_s=max(1, int(said.dials_per_network_per_s)),
        min_announce_interval_s=said.announce_every_s,
        private_networks=config.synthetic,
    )

    async def watching() -> Summary:
        watched = watch(
            targets,
            recorder=recorder,
            conduct=conduct,
            seconds=seconds,
            settings=_settings(said),
            on_progress=live.tell,
        )
        return await beside(watched, publisher, config.time.publish_every_s)

    return run_loop(watching)


def _settings(said: ObserveConfig) -> WatchSettings:
    local = address_from_text(said.address) if said.address else None
    return WatchSettings(
        local=local, max_open=said.max_connections, dials_per_s=max(1, int(said.dials_per_s))
    )


def _open(evidence: Path, origin: str, *, encrypt: bool) -> EvidenceLog:
    content_key = home.content_key(origin, make=True) if encrypt else None
    return acts.open_log(evidence, origin, content_key)


def _beginning(folder: CaseFolder, config: CaseConfig) -> Act:
    """Who asked for what, as it stood when the watch began."""
    works = [sealed_file(f) for f in folder.tables("works")]
    on = {"case_toml_sha256": hashlib.sha256(config.raw).hexdigest(), "works": works}
    said = Act("observe", acts.actor(None), acts.how("observe"), on)
    return acts.act_of(pseudonyms_of(folder.root, config), said)


def _record_beginning(log: EvidenceLog, clock: Clock, config: CaseConfig, beginning: Act) -> None:
    """case.toml is an exhibit of its own, since it may hold addresses and an act is never erased."""
    vantage = config.observe.vantage
    raw = Exhibit("case-toml", Direction.NONE, clock.read(), vantage, 0, None, None, config.raw)
    log.record(raw)
    log.record(beginning.to_exhibit(clock.read(), vantage))


def _today(at: Instant) -> dt.date:
    return dt.datetime.fromtimestamp(at.utc_ns / 1e9, tz=dt.UTC).date()
