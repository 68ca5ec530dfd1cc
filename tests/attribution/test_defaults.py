# SPDX-License-Identifier: Apache-2.0
"""The shipped tables: small, typed, dated, and of sources that may be handed on."""

from __future__ import annotations

import importlib.resources

import pyarrow.compute as pc
import pytest

from swarmwitness.attribution.defaults import (
    ATTRIBUTION,
    default_networks,
    default_organisations,
    default_readme,
)
from swarmwitness.intake import schema_of


@pytest.fixture(scope="module")
def networks():  # type: ignore[no-untyped-def]
    return default_networks()


def test_rows_are_typed_as_those_of_a_case(networks) -> None:  # type: ignore[no-untyped-def]
    assert networks.schema == schema_of("networks")
    assert networks.num_rows > 10_000
    assert networks.column("exhibit")[0].as_py().endswith("#1")
    assert networks.column("derived_from").null_count == 0


def test_only_sources_that_may_be_handed_on_are_in_it(networks) -> None:  # type: ignore[no-untyped-def]
    sources = set(networks.column("source").to_pylist())
    assert {one for one in sources if not one.startswith("ipranges-")} == {"ip-location-db-asn"}
    readme = default_readme()
    for words in (
        "changed by us",
        "IP to ASN by RouteViews, DB-IP and NRO",
        "CC0 1.0",
        "by/4.0",
        "MIT License",
    ):
        assert words in readme
    assert "CC BY 4.0" in ATTRIBUTION


def test_the_readme_counts_right(networks) -> None:  # type: ignore[no-untyped-def]
    counts = {row["values"]: row["counts"] for row in pc.value_counts(networks.column("source")).to_pylist()}
    readme = default_readme()
    for source in ("ip-location-db-asn", "ipranges-facebook", "ipranges-openai", "ipranges-protonvpn"):
        assert f"| {source} | {counts.pop(source):,} |" in readme
    assert f"| {sum(counts.values()):,} |" in readme


def test_every_row_has_an_end_and_lists_of_what_is_rented_have_no_voice(networks) -> None:  # type: ignore[no-untyped-def]
    assert networks.column("valid_to").null_count == 0
    voices = networks.filter(pc.equal(networks.column("says"), "organisation"))
    silent = {"ipranges-protonvpn", "ipranges-openai", "ipranges-facebook"}
    assert not silent & set(voices.column("source").to_pylist())


def test_operators_are_tied_from_the_first_day_that_a_row_names_them() -> None:
    ties = {row["member_id"]: row for row in default_organisations().to_pylist()}
    assert ties["as14618"]["org_id"] == ties["as16509"]["org_id"] == "amazon"
    assert all(row["valid_from"] for row in ties.values())


def test_they_are_small() -> None:
    folder = importlib.resources.files("swarmwitness.attribution") / "default"
    assert len((folder / "networks.parquet").read_bytes()) < 400_000
