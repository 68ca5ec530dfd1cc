# SPDX-License-Identifier: Apache-2.0
"""What the observer may watch: every torrent of the case, and of which it may ask for pieces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from swarmwitness.case.config import CaseConfig
from swarmwitness.case.files import files_below, read_regular
from swarmwitness.case.folder import CaseFolder
from swarmwitness.intake import Work, WorkRegistry, read_torrents, take_table
from swarmwitness.intake.torrents import TORRENT_BYTES_MAX
from swarmwitness.terms import InfoHash, InputError
from swarmwitness.vantage import Target
from swarmwitness.wire.metainfo import Metainfo


def targets_of(
    folder: CaseFolder, config: CaseConfig, today: dt.date
) -> tuple[list[Target], tuple[str, ...]]:
    """The swarms to watch, in text order of their info_hashes, and what was left out, for people.

    A hybrid torrent is two swarms: one under each of its names.

    Raises:
        InputError: the case names no torrent.
    """
    torrents = read_torrents(folder.torrents, folder.root)
    works, rejected, warnings = take_table("works", folder.tables("works"), root=folder.root)
    registry = WorkRegistry.of(works, torrents.by_hash)
    files = _files_by_torrent(folder.torrents)
    asked = may_ask(config, today)
    made = [t for name in sorted(registry.works) for t in _targets(registry, name, files, config, asked)]
    left = [f"{row['file']}:{row['line']}: {row['reason']}" for row in rejected.to_pylist()]
    left += [f"{row['file']}: {row['reason']}" for row in torrents.rejected.to_pylist()]
    if not made:
        rejected_too = f" (rejected: {left[0]})" if left else ""
        why = f"names no torrent: put .torrent files into torrents/ or rows into works.csv{rejected_too}"
        raise InputError(why, file=str(folder.root))
    if not (config.observe.contact or config.synthetic):
        left.append("[observe] names no contact: those who are watched can write to nobody")
    return made, (*_about_asking(config, asked), *warnings, *registry.warnings, *left)


def about_sources(made: Sequence[Target], config: CaseConfig) -> Iterator[str]:
    """Where nobody, or the DHT alone, can be asked, for people; by all that is known of the torrents."""
    mute = [target for target in made if not target.trackers]
    asked = config.observe.dht
    told = [target for target in mute if not asked or (target.metainfo and target.metainfo.private)]
    if told:
        yield f"swarms without a tracker: {len(told)} of {len(made)}; nobody will be found there"
    if len(mute) > len(told):
        yield f"swarms without a tracker: {len(mute) - len(told)} of {len(made)}; the DHT alone is asked"


def _about_asking(config: CaseConfig, asked: bool) -> Iterator[str]:
    if not asked:
        ended = config.authority and f"the authority ended on {config.authority.expires}"
        yield f"{ended or 'case.toml names no [authority]'}: no piece of a work is requested"


def may_ask(config: CaseConfig, today: dt.date) -> bool:
    """Whether pieces of registered works may be requested at all: under an authority that still holds,
    or in a case of laboratory data, which needs none."""
    if config.authority is None:
        return config.synthetic
    return today <= config.authority.expires


def _files_by_torrent(folder: Path) -> dict[str, bytes]:
    """Hex name -> the file's bytes; `read_torrents` has named those that are no torrent."""
    found: dict[str, bytes] = {}
    for path in (p for p in files_below(folder) if p.suffix == ".torrent"):
        try:
            raw = read_regular(path, TORRENT_BYTES_MAX)
            names = Metainfo.from_wire(raw).info_hashes
        except (InputError, ValueError):
            continue
        for name in names:
            found.setdefault(name.to_text(), raw)
    return found


def _targets(
    registry: WorkRegistry, torrent: str, files: dict[str, bytes], config: CaseConfig, asked: bool
) -> Iterator[Target]:
    registered = tuple(_named(work) for work in registry.works[torrent] if work.registered)
    raw = files.get(torrent)
    metainfo = Metainfo.from_wire(raw) if raw is not None else None
    names = metainfo.info_hashes if metainfo else (InfoHash.from_text(torrent),)
    for info_hash in sorted(names):
        yield Target(
            info_hash=info_hash,
            metainfo=metainfo,
            trackers=_trackers(metainfo, config),
            works=registered,
            pieces_allowed=asked and bool(registered),
            torrent_bytes=raw,
        )


def _named(work: Work) -> tuple[str, str | None]:
    return work.work_id, work.path


def _trackers(metainfo: Metainfo | None, config: CaseConfig) -> tuple[str, ...]:
    own = [url for tier in metainfo.trackers for url in tier] if metainfo else []
    if metainfo is not None and metainfo.private:
        return tuple(dict.fromkeys(own))  # BEP 27: its own trackers and nobody else.
    return tuple(dict.fromkeys([*own, *config.observe.trackers]))


def chosen(targets: list[Target], swarms: Sequence[str]) -> list[Target]:
    """Those whose info_hash begins as one of `swarms`.

    Raises:
        InputError: one that fits no torrent of the case.
    """
    found: list[Target] = []
    for name in swarms:
        fitting = [
            target for target in targets if name and target.info_hash.to_text().startswith(name.lower())
        ]
        if not fitting:
            raise InputError(
                f"no torrent of this case has an info_hash that begins {name!r}", field="--swarm"
            )
        found += [target for target in fitting if target not in found]
    return found or targets
