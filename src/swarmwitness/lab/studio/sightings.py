# SPDX-License-Identifier: Apache-2.0
"""Downloads -> what a monitor would have written down: rows with rungs, claims and bytes.

A download is seen several times. Its first rows are lists of a tracker; a connection then climbs as far
as it climbs. Claims grow along the rows of one download, and bytes come with rungs 6 and 7 only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swarmwitness.lab.studio.bundles import BundleRows
from swarmwitness.lab.studio.calendar import Downloads
from swarmwitness.lab.studio.catalogue import Catalogue
from swarmwitness.lab.studio.plan import DAY_US, END_US
from swarmwitness.lab.studio.population import CLIENTS, Population

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# How far a download is seen to climb, and the share of downloads that end there.
_TOP = np.array((0, 1, 2, 3, 4, 6, 7))
_ORDINARY = (0.24, 0.06, 0.16, 0.22, 0.2, 0.05, 0.07)
_ALLEGED = (0.08, 0.03, 0.1, 0.2, 0.29, 0.08, 0.22)
_ALLEGED_ROWS, _ORDINARY_ROWS = 17.0, 1.9
_PIECE = 256 * 1024
_TYPES: dict[str, pa.DataType] = {
    "observed_at": pa.timestamp("us", "UTC"),
    "ip": pa.string(),
    "port": pa.int32(),
    "info_hash": pa.string(),
    "rung": pa.int16(),
    "source": pa.string(),
    "client": pa.string(),
    "peer_id": pa.string(),
    "progress": pa.float64(),
    "bytes_received": pa.int64(),
    "collector": pa.string(),
    "connection_id": pa.string(),
    "pieces": pa.string(),
}
SCHEMA = pa.schema(_TYPES)


@dataclass(frozen=True, slots=True)
class Rows:
    """Equal-length arrays, one element a sighting. `torrent` counts bundles behind the torrents;
    `rung` -1 = the vendor left it empty; `spelling` picks among the torrent's info_hashes."""

    actor: Ints
    torrent: Ints
    spelling: Ints
    at_us: Ints
    rung: Ints
    progress: Floats
    received: Ints
    connection: Ints
    pieces: npt.NDArray[np.object_]

    def take(self, order: Ints) -> Rows:
        """These rows in this order."""
        return Rows(*(getattr(self, name)[order] for name in self.__slots__))


def make_rows(downloads: Downloads, bundles: BundleRows, people: Population, catalogue: Catalogue,
              rng: np.random.Generator) -> Rows:  # fmt: skip
    """Spread every download over its sightings, add those of bundles, sort by time."""
    alleged = np.array([bool(people.actors[a].group) for a in downloads.actor.tolist()])
    registered = np.array([catalogue.works[w].registered for w in downloads.work.tolist()])
    many = alleged & registered
    mean = np.where(many, _ALLEGED_ROWS, np.where(alleged, 2 * _ORDINARY_ROWS, _ORDINARY_ROWS))
    count = 1 + rng.poisson(mean)
    which = np.repeat(np.arange(len(downloads)), count)
    last = np.cumsum(count)
    step = np.arange(len(which)) - np.repeat(last - count, count)
    part = (step + rng.random(len(which))) / np.repeat(count, count)
    top = np.where(
        alleged, rng.choice(len(_TOP), len(count), p=_ALLEGED), rng.choice(len(_TOP), len(count), p=_ORDINARY)
    )
    span = _spans(downloads, people, alleged, rng)
    rung = _climb(top[which], part, rng)
    torrent = _torrent_of(downloads.work, catalogue, rng)
    progress = _claims(which, part, len(count), rung, rng)
    pieces_sent = rng.integers(1, 5, len(which))
    rows = Rows(
        actor=downloads.actor[which],
        torrent=torrent[which],
        spelling=_spelling(torrent[which], catalogue, rng),
        at_us=downloads.start_us[which] + (part * span[which]).astype(np.int64),
        rung=np.where((rung == 0) & (rng.random(len(rung)) < 0.1), -1, rung),
        progress=progress,
        received=np.where(rung >= 6, np.where(rung == 7, _PIECE * pieces_sent, 16384 * pieces_sent), 0),
        connection=np.where(rung >= 1, which + 1, 0),
        pieces=np.full(len(which), None, dtype=np.object_),
    )
    everything = _with_bundles(rows, bundles)
    # One row an actor and microsecond: what is equal in the export is a repeated row and nothing else.
    _, first = np.unique(np.stack([everything.at_us, everything.actor]), axis=1, return_index=True)
    return everything.take(first)


def _climb(top: Ints, part: Floats, rng: np.random.Generator) -> Ints:
    """The rung of a row: the further along, the higher; a quarter of all rows are lists again."""
    reached = np.minimum(top, np.floor(part * (top + 1) * 1.4).astype(np.int64))
    return np.asarray(np.where(rng.random(len(top)) < 0.25, 0, _TOP[reached]))


def _claims(which: Ints, part: Floats, downloads: int, rung: Ints, rng: np.random.Generator) -> Floats:
    """Claimed share: grows from a start to an end of the download's own; NaN below rung 3."""
    begin = rng.beta(0.6, 1.6, downloads)
    end = begin + (1 - begin) * rng.beta(1.6, 0.7, downloads)
    share = np.clip(begin[which] + (end - begin)[which] * part, 0.0, 1.0)
    return np.where(rung >= 3, np.round(share, 4), np.nan)


def _torrent_of(work: Ints, catalogue: Catalogue, rng: np.random.Generator) -> Ints:
    choice = rng.random(len(work))
    return np.array(
        [
            catalogue.torrents_of[w][-1 if c < 0.3 else 0]
            for w, c in zip(work.tolist(), choice.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def _spelling(torrent: Ints, catalogue: Catalogue, rng: np.random.Generator) -> Ints:
    ways = np.array([len(t.spellings) for t in catalogue.torrents], dtype=np.int64)
    return np.asarray((rng.random(len(torrent)) * ways[torrent]).astype(np.int64))


def _spans(
    downloads: Downloads, people: Population, alleged: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Ints:
    """How long each download is seen: hours to weeks, never past the actor's time at the address."""
    until = np.array(
        [min(people.actors[a].until_us, END_US) for a in downloads.actor.tolist()], dtype=np.int64
    )
    n = len(downloads)
    days = np.where(alleged, rng.lognormal(1.0, 1.0, n), rng.lognormal(-1.0, 1.3, n))
    return np.asarray(np.minimum((days * DAY_US).astype(np.int64), until - downloads.start_us - 1))


def _with_bundles(rows: Rows, bundles: BundleRows) -> Rows:
    """Append the bundles' rows; they carry no bytes and no connection."""
    n = len(bundles.actor)
    zeros = np.zeros(n, dtype=np.int64)
    added = Rows(
        actor=bundles.actor,
        torrent=bundles.torrent,
        spelling=zeros,
        at_us=bundles.at_us,
        rung=bundles.rung,
        progress=bundles.progress,
        received=zeros,
        connection=zeros,
        pieces=bundles.pieces,
    )
    return Rows(*(np.concatenate([getattr(rows, name), getattr(added, name)]) for name in Rows.__slots__))


def to_table(rows: Rows, people: Population, catalogue: Catalogue, rng: np.random.Generator) -> pa.Table:
    """Rows as a vendor's table with the columns of the interchange."""
    actors = [people.actors[a] for a in rows.actor.tolist()]
    spellings = [t.spellings for t in catalogue.torrents] + [(b.info_hash,) for b in catalogue.bundles]
    n = len(actors)
    rung = rows.rung
    inbound = (rng.random(n) < 0.12) & (rung >= 2)
    listing = np.array(("tracker", "dht", "pex"))[rng.choice(3, n, p=(0.6, 0.25, 0.15))]
    source = np.where(rung <= 0, listing, np.where(inbound, "inbound", "outbound"))
    port = np.where(inbound, rng.integers(32_768, 61_000, n), [actor.port for actor in actors])
    named = (rung >= 2).tolist()
    columns = [
        pa.array(rows.at_us, pa.timestamp("us", "UTC")),
        [actor.ip for actor in actors],
        port,
        [spellings[t][s] for t, s in zip(rows.torrent.tolist(), rows.spelling.tolist(), strict=True)],
        pa.array(rung, mask=rung < 0),
        source.tolist(),
        [CLIENTS[actor.client][0] if name else None for actor, name in zip(actors, named, strict=True)],
        _peer_ids(actors_clients=[actor.client for actor in actors], named=named, rng=rng),
        pa.array(rows.progress, mask=np.isnan(rows.progress)),
        pa.array(rows.received, mask=rows.received == 0),
        np.where(rng.random(n) < 0.8, "monitor-a", "monitor-b").tolist(),
        [f"c{c}" if c else None for c in rows.connection.tolist()],
        rows.pieces.tolist(),
    ]
    return pa.table([pa.array(c).cast(f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def _peer_ids(actors_clients: list[int], named: list[bool], rng: np.random.Generator) -> list[str | None]:
    """A fifth of the named rows keep the peer id: the client's prefix and twelve drawn bytes."""
    keep = (rng.random(len(named)) < 0.2).tolist()
    tails = rng.bytes(12 * len(named))
    return [
        (CLIENTS[client][1].encode() + tails[12 * i : 12 * i + 12]).hex() if name and kept else None
        for i, (client, name, kept) in enumerate(zip(actors_clients, named, keep, strict=True))
    ]
