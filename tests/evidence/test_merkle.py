# SPDX-License-Identifier: Apache-2.0
"""RFC 6962 hashing against the vectors of the certificate-transparency project and a plain recursion."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    peaks,
    perfect_root,
    root_of_peaks,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
# Roots of the first 1 to 8 leaves, as in the reference tests of the certificate-transparency project.
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def plain_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return sha256(b"\1" + plain_root(entries[:split]) + plain_root(entries[split:])).digest()


@pytest.mark.parametrize("count", range(1, 9))
def test_known_roots(count: int) -> None:
    hashes = b"".join(leaf_hash(leaf) for leaf in LEAVES[:count])
    assert root_of_peaks(peaks(hashes)).hex() == ROOTS[count - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of_peaks([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70))
def test_peaks_give_the_root_of_the_plain_recursion(entries: list[bytes]) -> None:
    hashes = b"".join(leaf_hash(entry) for entry in entries)
    assert root_of_peaks(peaks(hashes)) == plain_root(entries)


def test_leaves_and_nodes_cannot_be_confused() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert perfect_root(left + right) == node_hash(left, right) != leaf_hash(left + right)
