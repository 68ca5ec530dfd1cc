# SPDX-License-Identifier: Apache-2.0
"""mmdb files: the same networks and records that another reader finds, and an end to every hostile one."""

from __future__ import annotations

import io
import ipaddress
from collections.abc import Mapping

import maxminddb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.attribution.sources.mmdb import prefix_of
from swarmwitness.attribution.sources.mmdbfile import (
    MARKER,
    MAX_VALUES,
    Damaged,
    Leaf,
    Section,
    leaves,
    metadata,
)
from swarmwitness.lab import dumps
from swarmwitness.lab.dumps import Field
from swarmwitness.terms.endpoint import Prefix

ALIASES = tuple(ipaddress.ip_network(text) for text in ("::ffff:0:0/96", "2002::/16", "2001::/32"))
A, B = ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")


def ours(data: bytes) -> dict[Prefix, object]:
    about = metadata(data)
    section = Section(data, about.tree_bytes + 16, 1 << 20)
    found = {}
    for leaf in leaves(data, about):
        assert isinstance(leaf, Leaf)
        prefix = prefix_of(leaf, about.bits)
        assert prefix not in found
        found[prefix] = section.value(leaf.at)
    return found


def theirs(data: bytes) -> dict[Prefix, object]:
    with maxminddb.open_database(io.BytesIO(data), maxminddb.MODE_FD) as reader:
        return {ipaddress.ip_network(str(prefix)): record for prefix, record in reader}


def networks(version: int) -> st.SearchStrategy[dict[Prefix, Mapping[str, Field]]]:
    four = st.tuples(st.integers(0, 255), st.integers(24, 32)).map(
        lambda made: ipaddress.ip_network((0xC0000200 + (made[0] >> 32 - made[1] << 32 - made[1]), made[1]))
    )
    six = st.tuples(st.integers(0, 0xFFFF), st.integers(33, 48)).map(
        lambda made: ipaddress.ip_network(
            ((0x20010DB80000 + (made[0] >> 48 - made[1] << 48 - made[1])) << 80, made[1])
        )
    )
    record = st.fixed_dictionaries({"number": st.integers(0, 1 << 40), "text": st.text(max_size=400)})
    return st.dictionaries(st.one_of(four, six) if version == 6 else four, record, min_size=1, max_size=12)


@given(st.data(), st.sampled_from((24, 28, 32)), st.sampled_from((4, 6)), st.booleans())
def test_another_reader_finds_the_same(
    data: st.DataObject, record_size: int, version: int, aliased: bool
) -> None:
    made = data.draw(networks(version))
    with_ipv4 = any(prefix.version == 4 for prefix in made)
    aliases = ALIASES if aliased and version == 6 and with_ipv4 else ()
    raw = dumps.mmdb(made, record_size=record_size, version=version, aliases=aliases)
    assert ours(raw) == theirs(raw)


def test_aliases_of_ipv4_are_told_once() -> None:
    raw = dumps.mmdb({A: {"a": 1}, B: {"b": 2}}, aliases=ALIASES)
    assert ours(raw) == {A: {"a": 1}, B: {"b": 2}}


def test_what_stands_below_the_mapped_addresses_alone_is_ipv4() -> None:
    mapped = ipaddress.ip_network("::ffff:192.0.2.0/120")
    assert ours(dumps.mmdb({mapped: {"a": 1}})) == {A: {"a": 1}}


def test_every_type_of_value_is_read() -> None:
    record: dict[str, Field] = {
        "flag": True, "no": False, "zero": 0, "big": 1 << 60, "list": [1, "two", {"three": [True]}],
        "long": "x" * 300, "middle": "y" * 40, "nothing": {},
    }  # fmt: skip
    raw = dumps.mmdb({A: record})
    assert ours(raw) == {A: record} == theirs(raw)


def values(raw: bytes) -> object:
    return Section(raw, 0, 1 << 20).value(0)


@pytest.mark.parametrize(
    ("pointer", "at"),
    [
        (b"\x20\x02", 2),
        (b"\x21\x02", 258),
        (b"\x28\x00\x05", 2053),
        (b"\x29\x00\x05", 67_589),
        (b"\x30\x00\x00\x07", 526_343),
        (b"\x38\x00\x00\x01\x00", 256),
    ],
)
def test_pointers_of_every_size(pointer: bytes, at: int) -> None:
    assert values(pointer.ljust(at, b"\0") + b"\x42hi") == "hi"


def test_numbers_with_a_sign_and_fractions() -> None:
    assert values(b"\x04\x01\xff\xff\xff\xfe") == -2
    assert values(b"\x68" + bytes(8)) is None
    assert values(b"\x82\xff\xfe") == b"\xff\xfe"
    assert values(b"\x42\xff\xfe") == "\\xff\\xfe"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "past the end"),
        (b"\x20\x00", "a pointer to a pointer"),
        (b"\x20\x09", "past the end"),
        (b"\x42a", "past the end"),
        (b"\xe1\xa1\x01", "not text"),
        (b"\x00\x20", "unknown type"),
        (b"\xc5\1\1\1\1\1", "unknown type, or of a size"),
        (b"\x1f\x04\xff\xff\xff", "past the end"),
        (b"\x5f\xff\xff\xff", "more text"),
        (b"\xe1\x41a" * 40, "more values"),
    ],
)
def test_a_value_that_is_none_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(Damaged, match=why):
        values(raw)


def test_records_that_hold_each_other_end() -> None:
    # A map whose value is a pointer to the map.
    with pytest.raises(Damaged, match="more values"):
        values(b"\xe1\x41a\x20\x00")
    # Arrays of pointers to arrays of pointers: 28**n values from a few bytes.
    fan = b"".join(b"\x1c\x04" + bytes((0x20, 58 * (at + 1))) * 28 for at in range(4)) + b"\xa1\x01"
    with pytest.raises(Damaged, match="more values"):
        values(fan)


def test_a_file_may_not_be_read_over_and_over() -> None:
    section = Section(b"\x1c\x04" + b"\xa1\x01" * 28, 0, MAX_VALUES)
    for _ in range(MAX_VALUES // 29):
        section.value(0)
    with pytest.raises(Damaged, match="more values"):
        section.value(0)


def cyclic(nodes: list[tuple[int, int]], **more: Field) -> bytes:
    tree = b"".join(left.to_bytes(3) + right.to_bytes(3) for left, right in nodes)
    about: dict[str, Field] = {
        "node_count": len(nodes), "record_size": 24, "ip_version": 6, "database_type": "ASN",
    }  # fmt: skip
    return tree + bytes(16) + dumps.encoded({"a": 1}) + MARKER + dumps.encoded({**about, **more})


@pytest.mark.parametrize(
    "nodes",
    [
        [(0, 0)],
        [(1, 1), (0, 0)],
        [(at + 1, at + 1) for at in range(127)] + [(144, 144)],
        [(at + 1, 129) for at in range(128)] + [(145, 145)],
    ],
)
def test_a_graph_is_walked_once(nodes: list[tuple[int, int]]) -> None:
    data = cyclic(nodes)
    found = list(leaves(data, metadata(data)))
    assert len(found) <= 2 * len(nodes) + 1
    assert any(isinstance(one, Damaged) for one in found)


def test_a_record_before_the_records_is_refused() -> None:
    data = cyclic([(1, 3)])
    (damaged,) = leaves(data, metadata(data))
    assert isinstance(damaged, Damaged)
    assert "before the records" in str(damaged)


@pytest.mark.parametrize(
    "more",
    [
        {"node_count": 1 << 30}, {"node_count": "1"}, {"record_size": 20}, {"ip_version": 5},
        {"database_type": 7}, {"node_count": 2},
    ],
)  # fmt: skip
def test_metadata_that_do_not_fit_are_refused(more: dict[str, Field]) -> None:
    data = cyclic([(1, 1)], **more)
    if more == {"node_count": 2}:
        data = data[6:]
    with pytest.raises(Damaged):
        metadata(data)


def test_a_file_that_is_cut_short_has_no_metadata() -> None:
    raw = dumps.mmdb({A: {"a": 1}})
    for size in range(0, len(raw) - 1, 7):
        with pytest.raises(Damaged):
            metadata(raw[:size])
