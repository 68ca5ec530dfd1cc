# SPDX-License-Identifier: Apache-2.0
"""Which entry of [intake] a file gets, and what an entry may say."""

from __future__ import annotations

import pytest

from swarmwitness.intake.mapping import FileMapping, mapping_of
from swarmwitness.terms import InputError

ENTRIES = {
    "sightings/a.csv": FileMapping(zone="UTC"),
    "a.csv": FileMapping(zone="Asia/Tokyo"),
    "sightings/*.csv": FileMapping(zone="Europe/Paris"),
    "*.parquet": FileMapping(zone="Europe/Rome"),
}


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("sightings/a.csv", "UTC"),
        ("other/a.csv", "Asia/Tokyo"),
        ("sightings/b.csv", "Europe/Paris"),
        ("sightings/deep/b.parquet", "Europe/Rome"),
        ("works.csv", None),
    ],
)
def test_the_exact_name_goes_before_a_glob(name: str, zone: str | None) -> None:
    assert mapping_of(ENTRIES, name).zone == zone


def test_no_entries() -> None:
    assert mapping_of(None, "a.csv") == FileMapping()
    assert FileMapping({"ip": "peer_ip"}).theirs("ip") == "peer_ip"
    assert FileMapping().theirs("ip") == "ip"


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        (FileMapping({"adress": "ip"}), "adress"),
        (FileMapping(zone="Europe/Atlantis"), "zone"),
        (FileMapping(zone="../../etc/passwd"), "zone"),
        (FileMapping(precision_s=-1.0), "precision_s"),
        (FileMapping(precision_s=float("nan")), "precision_s"),
    ],
)
def test_an_entry_that_cannot_be(mapping: FileMapping, field: str) -> None:
    with pytest.raises(InputError) as error:
        mapping.checked(("ip",), "a.csv")
    assert (error.value.file, error.value.field) == ("a.csv", field)


def test_a_good_entry_is_itself() -> None:
    mapping = FileMapping({"ip": "x"}, "Europe/Berlin", 1.0)
    assert mapping.checked(("ip",), "a.csv") is mapping


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "right/UTC", "", "UTC'; --"])
def test_a_zone_that_one_reader_alone_knows_is_none(zone: str) -> None:
    with pytest.raises(InputError, match="no zone is called"):
        FileMapping(zone=zone).checked(("ip",), "a.csv")


@pytest.mark.parametrize("zone", ["UTC", "Factory", "Etc/GMT+5", "America/New_York", "Asia/Kolkata"])
def test_a_zone_that_both_know(zone: str) -> None:
    assert FileMapping(zone=zone).checked(("ip",), "a.csv").zone == zone
