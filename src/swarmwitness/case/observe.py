# SPDX-License-Identifier: Apache-2.0
"""`observe`: watch the swarms of a case, seal what is seen, make live rows from the same exhibits."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.config import CaseConfig, read_config
from swarmwitness.case.create import sealed_file
from swarmwitness.case.custody import acts
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.logs.earlier import Earlier, earlier
from swarmwitness.case.logs.publishing import vouchers_of
from swarmwitness.case.manners import conduct_of, settings_of
from swarmwitness.case.observed import Live, ObserveSummary, told_beside
from swarmwitness.case.pseudonyms import pseudonyms_of
from swarmwitness.case.targets import about_sources, chosen, targets_of
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.observation import Replayer
from swarmwitness.observation.classes import Classes
from swarmwitness.observation.classes.gathering import counted
from swarmwitness.terms import InputError, Instant
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


def observe(
    case_dir: Path,
    *,
    seconds: float,
    swarms: Sequence[str] = (),
    on_progress: Callable[[Progress], None] | None = None,
    on_row: Callable[[Sighting], None] | None = None,
    on_warning: Callable[[str], None] | None = None,
    asked_to_end: Callable[[], bool] = bool,
) -> ObserveSummary:
    """Watch every swarm of the case for so long, or those named alone. A later call goes on in the same log.

    Args:
        swarms: Beginnings of info_hashes in hexadecimal; none = all of the case.
        on_row: Given each live row as it is made. A watch of months makes more than memory holds, so
            none is kept here.
        asked_to_end: Whether a signal came before the watch could hear it; it then ends before any
            swarm is told of as watched, since what the log knows of it may be unread.
        on_warning: Told before the watch begins what is amiss with the case; the summary tells it again.

    Raises:
        InputError: the case is unfit, another observer is at work on it, or its key is elsewhere.
        VerificationError: its evidence is not what this key's writer left.
    """
    folder = CaseFolder.at(case_dir)
    config = read_config(case_dir)
    clock = Clock()
    targets, warnings = targets_of(folder, config, _today(clock.read()))
    targets = chosen(targets, swarms)
    if not os.path.lexists(folder.evidence):
        raise InputError(NO_EVIDENCE, file=str(case_dir))
    origin = read_checkpoint(folder.evidence).origin
    beginning = _beginning(folder, config)
    key, key_fault = _content_key(origin, encrypt=config.encrypt)
    with acts.open_log(folder.evidence, origin, key if config.encrypt else None) as log:
        _record_beginning(log, clock, config, beginning)
        classes = Classes()
        live = Live(Replayer(origin, aside=classes), on_progress, on_row)
        recorder = Recorder(log, clock, config.observe.vantage, live.take)
        before = _before(folder, config, targets, key, asked_to_end)
        before.fault = "; ".join(why for why in (key_fault, before.fault) if why)
        targets = [before.known(target) for target in targets]
        warnings += (*about_sources(targets, config), *_unread(before))
        if on_warning is not None:
            for warning in warnings:
                on_warning(warning)
        publisher = Publisher(
            RecorderPlace(recorder, folder.evidence), vouchers_of(config.time), Entropy().draw
        )
        try:
            settings = replace(settings_of(config.observe), dht_nodes=tuple(before.nodes))
            watched = _watched(targets, recorder, publisher, config, settings, seconds=seconds, live=live)
            summary = _run(watched, recorder, asked_to_end)
        except RecordingError as error:
            why = f"{error}; nothing was observed after that, and what was sealed stays sealed"
            raise InputError(why, file=str(folder.evidence)) from error
        live.count(live.replayer.finish())
    kept = home.keep_checkpoint(origin, folder.evidence)
    progress = summary.progress if summary else live.last
    warnings += tuple(_told_after(publisher, live, summary))
    return ObserveSummary(
        origin,
        progress,
        summary,
        n_rows=live.n_rows,
        peers_by_rung=live.peers_by_rung,
        exhibits=read_checkpoint(folder.evidence).size,
        checkpoint_file=kept,
        warnings=warnings,
        classes=counted(classes.classed()),
    )


def _run(
    watched: Callable[[], Coroutine[None, None, Summary]], recorder: Recorder, asked: Callable[[], bool]
) -> Summary | None:
    """None = it was ended early, perhaps before it began; the log is sealed either way."""
    if asked():
        recorder.seal()
        return None
    return run_loop(watched, asked)


def _told_after(publisher: Publisher, live: Live, summary: Summary | None) -> Iterator[str]:
    """What is amiss with a watch that is over."""
    yield from (_absence(why, times) for why, times in publisher.absences.items())
    yield from told_beside(live)
    faults = summary.faults if summary else {}
    yield from (f"a mistake of ours, please report it: {each} ({n} times)" for each, n in faults.items())


def _absence(why: str, times: int) -> str:
    """Who did not vouch for the time or the history of what was seen."""
    return f"not vouched for: {why}" + (f" ({times} times)" if times > 1 else "")


def _watched(
    targets: list[Target],
    recorder: Recorder,
    publisher: Publisher,
    config: CaseConfig,
    settings: WatchSettings,
    *,
    seconds: float,
    live: Live,
) -> Callable[[], Coroutine[None, None, Summary]]:
    async def watching() -> Summary:
        watched = watch(
            targets,
            recorder=recorder,
            conduct=conduct_of(config),
            seconds=seconds,
            settings=settings,
            on_progress=live.tell,
        )
        return await beside(watched, publisher, config.time.publish_every_s)

    return watching


def _before(
    folder: CaseFolder,
    config: CaseConfig,
    targets: list[Target],
    key: bytes | None,
    stop: Callable[[], bool],
) -> Earlier:
    """What the log tells that this watch would else ask for again."""
    return earlier(
        folder.evidence,
        {target.info_hash for target in targets if target.metainfo is None},
        nodes=config.observe.dht,
        content_key=key,
        stop=stop,
    )


def _unread(before: Earlier) -> Iterator[str]:
    if before.fault:
        yield f"what earlier watches knew is used in part only: {before.fault}; `verify` says more"


def _content_key(origin: str, *, encrypt: bool) -> tuple[bytes | None, str]:
    """The key, and what is amiss with it: that stops a case that needs it, before anything is recorded."""
    try:
        return home.content_key(origin, make=encrypt), ""
    except InputError as error:
        if encrypt:
            raise
        return None, str(error)


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
