# SPDX-License-Identifier: Apache-2.0
"""Many names, one torrent: v1, v2, and v2 as it travels (BEP 52)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from swarmwitness.intake.torrents import names_of
from swarmwitness.wire.metainfo import Metainfo

CUT_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Aliases:
    """Names of torrents, all lower-case hex.

    Attributes:
        torrent_of: Name -> the torrent's own name.
        names_of: The torrent's own name -> every name, in text order.
        warnings: Names that could mean two torrents.
    """

    torrent_of: Mapping[str, str]
    names_of: Mapping[str, tuple[str, ...]]
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
        listed = sorted(set(hashes) - torrent_of.keys())
        torrent_of.update((each, each) for each in listed)
        warnings = _add_cut(torrent_of, [each for each in listed if len(each) > CUT_DIGITS], set(listed))
        names_by: dict[str, list[str]] = {}
        for each, torrent in sorted(torrent_of.items()):
            names_by.setdefault(torrent, []).append(each)
        return cls(torrent_of, {own: tuple(names) for own, names in names_by.items()}, tuple(warnings))


def _add_cut(torrent_of: dict[str, str], full: list[str], listed: set[str]) -> list[str]:
    by_cut: dict[str, list[str]] = {}
    for each in full:
        by_cut.setdefault(each[:CUT_DIGITS], []).append(each)
    warnings = []
    for cut, owners in sorted(by_cut.items()):
        by_file = cut in torrent_of and cut not in listed and torrent_of[cut] != owners[0]
        if len(owners) > 1 or by_file:
            warnings.append(f"works: {cut} could be the cut form of {' or '.join(owners)}")
        else:
            # works.csv may name one torrent by both forms: the cut one is the same torrent.
            torrent_of[cut] = owners[0]
    return warnings
