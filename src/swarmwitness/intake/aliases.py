# SPDX-License-Identifier: Apache-2.0
"""Many names, one torrent: v1, v2, and v2 as it travels (BEP 52).

Theory of operation. A .torrent file says which names are one torrent's. Without it, a full v2 name
(64 digits) and a name of 40 digits that it begins with are one torrent's: 20 equal bytes of a hash
are no accident. That holds for names of works.csv and, since a register may know one form and the
sightings another, for names that were only seen (`with_seen`). It holds only where it is unmistakable:

* one full name alone begins with the 40 digits. Two stay apart, and the 40 digits by themselves;
  but a full name of the register keeps its cut form, whoever has seen another that begins like it;
* no .torrent file says that the 40 digits are a v1 name.

Where it does not hold, a warning names the hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from swarmwitness.intake.told import shortened
from swarmwitness.intake.torrents import names_of
from swarmwitness.wire.metainfo import Metainfo

CUT_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Aliases:
    """Names of torrents, all lower-case hex.

    Attributes:
        torrent_of: Name -> the torrent's own name.
        names_of: The torrent's own name -> every name, in text order.
        v1: Names of which a .torrent file says that they are v1 ones.
        warnings: Names that could mean two torrents.
    """

    torrent_of: Mapping[str, str]
    names_of: Mapping[str, tuple[str, ...]]
    v1: frozenset[str]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, hashes: Iterable[str], torrents: Mapping[str, Metainfo]) -> Aliases:
        """From the hashes of works.csv and the .torrent files; a file's word goes before a table's.

        A full v2 hash makes its cut form known, too, unless two full hashes share it: then the cut
        form stays a torrent of its own and is warned about.
        """
        torrent_of: dict[str, str] = {}
        for name in sorted(torrents):
            names = names_of(torrents[name])
            for each in names:
                torrent_of.setdefault(each, names[0])
        v1 = frozenset(each.v1.to_text() for each in torrents.values() if each.v1 is not None)
        listed = sorted(set(hashes) - torrent_of.keys())
        torrent_of.update((each, each) for each in listed)
        warnings = _add_cut(torrent_of, [each for each in listed if len(each) > CUT_DIGITS], set(listed))
        return cls(torrent_of, _by_torrent(torrent_of), v1, shortened(warnings))

    def with_seen(self, full: Iterable[str]) -> Aliases:
        """With full v2 names that were seen, too; the register's word goes before a sighting's.

        A full name joins the torrent that its cut form names. If the register knows neither form, both
        are made names of one torrent, called by the full one.

        Args:
            full: Names of 64 digits. Those that are known already change nothing.

        Returns:
            The names of both; `warnings` are those of the seen names alone.
        """
        torrent_of = dict(self.torrent_of)
        known = _by_cut(name for name in torrent_of if len(name) > CUT_DIGITS)
        warnings = []
        for cut, seen in sorted(_by_cut(set(full) - torrent_of.keys()).items()):
            rivals = known.get(cut, []) + seen
            if len(rivals) > 1:
                warnings.append(
                    f"sightings: {_could_be(cut, rivals)}; those that no register names stay apart"
                )
            elif cut in self.v1:
                warnings.append(f"sightings: {seen[0]} begins like {cut}, a v1 name, and stays apart from it")
            else:
                own = torrent_of.get(cut, seen[0])
                torrent_of[cut] = torrent_of[seen[0]] = own
        return Aliases(torrent_of, _by_torrent(torrent_of), self.v1, shortened(warnings))


def _by_torrent(torrent_of: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    names: dict[str, list[str]] = {}
    for each, torrent in sorted(torrent_of.items()):
        names.setdefault(torrent, []).append(each)
    return {own: tuple(each) for own, each in names.items()}


def _by_cut(full: Iterable[str]) -> dict[str, list[str]]:
    by_cut: dict[str, list[str]] = {}
    for each in sorted(full):
        by_cut.setdefault(each[:CUT_DIGITS], []).append(each)
    return by_cut


def _could_be(cut: str, full: list[str]) -> str:
    shown = " or ".join(full[:3]) + (f" or {len(full) - 3} more" if len(full) > 3 else "")
    return f"{cut} could be the cut form of {shown}"


def _add_cut(torrent_of: dict[str, str], full: list[str], listed: set[str]) -> list[str]:
    warnings = []
    for cut, owners in sorted(_by_cut(full).items()):
        by_file = cut in torrent_of and cut not in listed and torrent_of[cut] != owners[0]
        if len(owners) > 1 or by_file:
            warnings.append(f"works: {_could_be(cut, owners)}")
        else:
            # works.csv may name one torrent by both forms: the cut one is the same torrent.
            torrent_of[cut] = owners[0]
    return warnings
