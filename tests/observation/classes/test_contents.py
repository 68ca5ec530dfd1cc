# SPDX-License-Identifier: Apache-2.0
"""Torrents whose works are none, and pieces that nobody gave alone."""

from __future__ import annotations

import pytest

from swarmwitness.observation.aside import Came, Delivered
from swarmwitness.observation.classes.contents import Parts, fake_content
from swarmwitness.observation.classes.kinds import Kind
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash, Instant
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

NAME = InfoHash(bytes(range(20)))


def torrent(files: dict[str, int], works: tuple[tuple[str, str | None], ...] = (("film", None),)) -> Torrent:
    listed = [{b"path": [path], b"length": size} for path, size in files.items()]
    pieces = -(-sum(files.values()) // 16384)
    info = {b"name": b"Film", b"piece length": 16384, b"pieces": bytes(20 * pieces), b"files": listed}
    metainfo = Metainfo.from_wire(encode({b"info": info}))
    return Torrent.of(metainfo.info_hashes[0], metainfo, works)


@pytest.mark.parametrize(
    ("files", "fake"),
    [
        ({"film.mkv": 90_000, "readme.txt": 100}, ""),
        ({"film.mkv.exe": 90_000, "readme.txt": 100}, "program"),
        ({"film.mkv": 90_000, "codec.exe": 100}, ""),
        ({"film.rar": 90_000, "PASSWORD here.txt": 100}, "password"),
        ({"film.rar": 90_000, "film.nfo": 100}, ""),
    ],
)
def test_fake_content(files: dict[str, int], fake: str) -> None:
    why = fake_content(torrent(files))
    assert bool(why) is bool(fake)
    assert fake in why


def test_what_is_registered_as_nothing_is_no_fake() -> None:
    assert fake_content(torrent({"setup.exe": 90_000}, ())) == ""
    assert fake_content(Torrent.of(NAME)) == ""


def gave(host: int, piece: int, came: Came) -> Delivered:
    endpoint = Endpoint.of(f"192.0.2.{host}", 6881)
    return Delivered(host, endpoint, NAME, Instant(0), piece, came, f"log:o/{host}")


def test_a_piece_of_which_two_gave_a_part() -> None:
    parts = Parts()
    for told in (
        gave(1, 3, Came.BLOCK),
        gave(1, 3, Came.BLOCK),
        gave(2, 3, Came.BLOCK),
        gave(1, 4, Came.BLOCK),
    ):
        parts.take(told)
    (found,) = parts.classed(NAME)
    assert (found.kind, found.subject, found.counts) == (
        Kind.MIXED_SOURCES,
        NAME,
        {"pieces": 1, "givers": 2},
    )
    assert found.evidence == ("log:o/1", "log:o/2")


@pytest.mark.parametrize("came", [Came.WHOLE, Came.SPOILED])
def test_who_gave_all_of_it_gave_no_part(came: Came) -> None:
    parts = Parts()
    for told in (gave(1, 3, Came.BLOCK), gave(2, 3, Came.BLOCK), gave(2, 3, came)):
        parts.take(told)
    assert list(parts.classed(NAME)) == []
