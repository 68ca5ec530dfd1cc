# SPDX-License-Identifier: Apache-2.0
"""One torrent under many names."""

from __future__ import annotations

from swarmwitness.intake.aliases import Aliases
from swarmwitness.intake.torrents import names_of
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

FULL, V1 = "ab" * 32, "cd" * 20
HYBRID = Metainfo.from_wire(
    encode(
        {
            b"info": {
                b"name": b"two",
                b"length": 5,
                b"meta version": 2,
                b"piece length": 16384,
                b"pieces": bytes(20),
                b"file tree": {b"two": {b"": {b"length": 5, b"pieces root": b"\1" * 32}}},
            }
        }
    )
)


def test_a_hybrid_torrent_has_three_names_and_is_one() -> None:
    names = names_of(HYBRID)
    aliases = Aliases.of([names[1]], dict.fromkeys(names, HYBRID))
    assert [aliases.torrent_of[name] for name in names] == [names[0]] * 3
    assert aliases.names_of == {names[0]: tuple(sorted(names))}


def test_a_full_v2_hash_in_the_table_makes_its_cut_form_known() -> None:
    aliases = Aliases.of([FULL, V1], {})
    assert aliases.torrent_of == {FULL: FULL, FULL[:40]: FULL, V1: V1}
    both = Aliases.of([FULL, FULL[:40]], {})
    assert both.torrent_of[FULL[:40]] == FULL


def test_a_cut_form_that_could_be_two_stays_by_itself() -> None:
    other = FULL[:40] + "0" * 24
    aliases = Aliases.of([FULL, other], {})
    assert FULL[:40] not in aliases.torrent_of
    assert FULL[:40] in aliases.warnings[0]


def test_a_file_s_word_goes_before_the_table_s() -> None:
    names = names_of(HYBRID)
    clash = names[0] + "0" * 24
    aliases = Aliases.of([clash], dict.fromkeys(names, HYBRID))
    assert aliases.torrent_of[names[0]] == names[0]
    assert aliases.torrent_of[clash] == clash
    assert len(aliases.warnings) == 1


def test_a_full_name_that_was_seen_joins_the_torrent_of_its_cut_form() -> None:
    seen = Aliases.of([FULL[:40]], {}).with_seen([FULL, "ef" * 32])
    assert seen.torrent_of[FULL] == seen.torrent_of[FULL[:40]] == FULL[:40]
    assert seen.names_of[FULL[:40]] == (FULL[:40], FULL)
    assert seen.warnings == ()


def test_two_forms_that_were_only_seen_are_one_torrent() -> None:
    seen = Aliases.of([], {}).with_seen([FULL])
    assert dict(seen.torrent_of) == {FULL: FULL, FULL[:40]: FULL}


def test_full_names_that_begin_alike_stay_apart() -> None:
    other = FULL[:40] + "00" * 12
    seen = Aliases.of([FULL[:40]], {}).with_seen([FULL, other])
    assert dict(seen.torrent_of) == {FULL[:40]: FULL[:40]}
    assert len(seen.warnings) == 1
    assert other in seen.warnings[0]


def test_a_full_name_of_the_register_keeps_its_cut_form() -> None:
    other = FULL[:40] + "00" * 12
    seen = Aliases.of([FULL], {}).with_seen([other])
    assert seen.torrent_of[FULL[:40]] == FULL
    assert other not in seen.torrent_of
    assert len(seen.warnings) == 1


def test_a_full_name_that_begins_like_a_v1_name_stays_apart() -> None:
    names = names_of(HYBRID)
    seen = Aliases.of([], dict.fromkeys(names, HYBRID)).with_seen([names[0] + "00" * 12, names[1]])
    assert set(seen.torrent_of) == set(names)
    assert len(seen.warnings) == 1


def test_warnings_about_many_names_are_bounded() -> None:
    many = [FULL[:40] + f"{n:024x}" for n in range(10_000)]
    (warning,) = Aliases.of(many, {}).warnings
    assert len(warning) < 500
