# SPDX-License-Identifier: Apache-2.0
"""Pseudonyms: stable within a key, unlike an address, unrelated across keys."""

from pathlib import Path

import pytest

from swarmwitness.case import home
from swarmwitness.case.config import read_config
from swarmwitness.case.create import create
from swarmwitness.case.pseudonyms import (
    ELSEWHERE,
    Pseudonyms,
    former_pseudonyms_of,
    in_acts,
    is_pseudonym,
    pseudonyms_of,
    pseudonyms_of_run,
)
from swarmwitness.terms import InputError
from swarmwitness.terms.endpoint import address_from_text


def test_one_address_one_pseudonym_per_key() -> None:
    first, second = Pseudonyms(b"k" * 32), Pseudonyms(b"l" * 32)
    assert first.of("192.0.2.1") == first.of("192.0.2.1")
    assert first.of("192.0.2.1") != first.of("192.0.2.2")
    assert first.of("192.0.2.1") != second.of("192.0.2.1")


def test_a_pseudonym_is_no_address() -> None:
    with pytest.raises(ValueError, match=r"."):
        address_from_text(Pseudonyms(b"k" * 32).of("2001:db8::1"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("seen at 192.0.2.1, twice", "192.0.2.1"),
        ("192.0.2.1:6881", "192.0.2.1"),
        ("(2001:db8::1)", "2001:db8::1"),
        ("x=2001:DB8::1;", "2001:DB8::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("org 198.51.100.7/24", "198.51.100.7"),
        ("sightings/203.0.113.99.csv: bad", "203.0.113.99"),
        ("12:00:00 203.0.113.99", "203.0.113.99"),
        ("::1:zz 1:2:3:203.0.113.99", "203.0.113.99"),
    ],
)
def test_what_reads_as_an_address_is_replaced(text: str, address: str) -> None:
    told = Pseudonyms(b"k" * 32).scrub(text)
    assert address not in told
    assert "addr-" in told


@pytest.mark.parametrize(
    "text", ["2025-01-01T12:00:00.5Z", "1.2.3", "a:b", "no data: none", "00:11:22", "v1.0"]
)
def test_other_text_stays(text: str) -> None:
    assert Pseudonyms(b"k" * 32).scrub(text) == text


def test_references_stay_and_keys_are_scrubbed() -> None:
    plain = {"192.0.2.1": ["log:192.0.2.8/3", ("192.0.2.2",), 7, "log:192.0.2.9/3", "192.0.2.8"]}
    told = Pseudonyms(b"k" * 32, frozenset({"192.0.2.8"})).scrub_all(plain)
    ((key, (reference, inner, number, forged, origin)),) = told.items()  # type: ignore[attr-defined]
    assert key.startswith("addr-")
    assert (reference, number, origin) == ("log:192.0.2.8/3", 7, "192.0.2.8")
    assert inner[0].startswith("addr-")
    assert forged.startswith("log:addr-"), "what only looks like a reference hides no address"


def test_one_address_has_one_pseudonym_however_it_is_written() -> None:
    key = Pseudonyms(b"k" * 32)
    told = {
        key.scrub(text) for text in ("192.0.2.1", "::ffff:192.0.2.1", "192.000.002.001", "::FFFF:c000:201")
    }
    assert told == {key.of("192.0.2.1")}


def test_the_name_of_a_log_holds_no_address(tmp_path: Path) -> None:
    made = create(tmp_path / "a", name="Peer 192.0.2.1 and 2001:db8::1", synthetic=True)
    assert "192-0-2-1" not in made.origin + made.custody
    assert "2001-db8" not in made.origin + made.custody
    assert made.origin.startswith("swarmwitness.local/peer-and/")


def test_each_case_has_a_key_of_its_own_and_the_file_may_name_another(tmp_path: Path) -> None:
    first, second = (create(tmp_path / n, name="Same", synthetic=True).root for n in ("a", "b"))
    shown = {pseudonyms_of(case, read_config(case)).of("192.0.2.1") for case in (first, second)}
    assert len(shown) == 2, "two cases of one name never share pseudonyms"
    for case in (first, second):
        with (case / "case.toml").open("a") as file:
            file.write('\n[privacy]\npseudonym_key = "shared by order"\n')
    assert len({pseudonyms_of(case, read_config(case)).of("192.0.2.1") for case in (first, second)}) == 1


def test_a_case_without_a_custody_log_keeps_the_key_named_after_it(tmp_path: Path) -> None:
    case = create(tmp_path / "a", name="Same", synthetic=True).root
    own = pseudonyms_of(case, read_config(case))
    assert former_pseudonyms_of(case, read_config(case)) is None
    (case / "custody").rename(tmp_path / "custody")
    named = pseudonyms_of(case, read_config(case))
    assert named == Pseudonyms(home.pseudonym_key("Same"))
    (tmp_path / "custody").rename(case / "custody")
    assert pseudonyms_of(case, read_config(case)) == own
    assert former_pseudonyms_of(case, read_config(case)) == named


@pytest.mark.parametrize(
    ("text", "yes"),
    [("addr-mfrggzdfmy", True), ("addr-MFRGGZDFMY", False), ("addr-mfrggzdfm", False), ("192.0.2.1", False)],
)
def test_what_reads_as_a_pseudonym(text: str, yes: bool) -> None:
    assert is_pseudonym(text) is yes
    assert is_pseudonym(Pseudonyms(b"k" * 32).of("192.0.2.1"))


def test_only_whole_references_are_left_alone() -> None:
    pseudonyms = Pseudonyms(b"k" * 32)
    kept = ["log:a.b/c/7", "log:a.b/c/7-9", "file:" + "ab" * 32 + "#7", "file:" + "ab" * 32]
    assert pseudonyms.scrub_all(kept) == kept
    for text in ("log: 192.0.2.1", "file:192.0.2.1.csv", "log:192.0.2.1"):
        assert "192.0.2.1" not in str(pseudonyms.scrub_all(text))


def test_no_key_is_shown() -> None:
    assert "kkk" not in repr(Pseudonyms(b"k" * 32))


def test_texts_are_told_as_acts_tell_them(tmp_path: Path) -> None:
    case = create(tmp_path / "a", name="a", synthetic=True).root
    config = read_config(case)
    assert in_acts("plain.csv", case, config) == "plain.csv"
    assert in_acts("192.0.2.1.csv", case, config) == pseudonyms_of(case, config).of("192.0.2.1") + ".csv"


def test_a_key_is_never_made_anew_once_there_is_a_custody_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = create(tmp_path / "a", name="Same", synthetic=True).root
    config = read_config(case)
    own = pseudonyms_of(case, config)
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(InputError, match="no pseudonym key"):
        pseudonyms_of(case, config)
    shown, told = pseudonyms_of_run(case, config)
    assert told == (ELSEWHERE,)
    assert shown == pseudonyms_of_run(case, config)[0] != own
    with pytest.raises(InputError, match="no pseudonym key"):
        pseudonyms_of(case, config)
    (case / "evidence").rename(tmp_path / "evidence")
    with pytest.raises(InputError, match="no pseudonym key"):
        create(case, name="Same")
