# SPDX-License-Identifier: Apache-2.0
"""The tables of the interchange: names and compulsory columns, word for word."""

from swarmwitness.terms.columns import TABLES

COMPULSORY = {
    "sightings": ["observed_at", "ip", "info_hash"],
    "works": ["info_hash", "title"],
    "networks": ["prefix", "org_id"],
    "coverage": ["info_hash", "watched_from", "watched_to"],
}
LEASES = (
    "lease_id, ip, port_cluster, first_seen, last_seen, n_sightings, n_works, org_id, org_kind, "
    "org_agreement, max_rung, rung_basis, progressed, given_bytes"
)
KINDS = {"timestamp", "date", "ip", "prefix", "text", "int", "float", "bool", "hex"}


def test_compulsory_columns() -> None:
    for table, names in COMPULSORY.items():
        assert [c.name for c in TABLES[table] if c.required] == names


def test_leases_in_the_order_of_the_interchange() -> None:
    assert ", ".join(c.name for c in TABLES["leases"]) == LEASES


def test_names_are_unique_and_kinds_known() -> None:
    for columns in TABLES.values():
        assert len({c.name for c in columns}) == len(columns)
        assert {c.kind for c in columns} <= KINDS
