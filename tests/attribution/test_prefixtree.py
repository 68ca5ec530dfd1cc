# SPDX-License-Identifier: Apache-2.0
"""Prefixes as a tree, against the standard library."""

from __future__ import annotations

import ipaddress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.attribution.prefixtree import NONE, PrefixTree

MASK = 2**64 - 1
sixes = st.tuples(
    st.sampled_from([0, 1, 2**63, 2**64, 2**127, 2**128 - 1]), st.sampled_from([0, 1, 63, 64, 65, 127, 128])
)
fours = st.tuples(st.sampled_from([0, 1, 2**24, 2**31, 2**32 - 1]), st.sampled_from([0, 1, 8, 31, 32]))


@settings(deadline=None)
@given(
    st.sampled_from([4, 6]).flatmap(
        lambda v: st.tuples(st.just(v), st.sets(fours if v == 4 else sixes, max_size=8))
    )
)
def test_each_stretch_has_its_narrowest_prefix(drawn) -> None:
    version, pairs = drawn
    kind = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    nets = sorted({kind(pair, strict=False) for pair in pairs})
    first = [int(net.network_address) for net in nets]
    words = (np.array([n >> 64 for n in first], np.uint64), np.array([n & MASK for n in first], np.uint64))
    tree = PrefixTree.of(words, np.array([net.prefixlen for net in nets], np.int64), version)
    for at, net in enumerate(nets):
        around = [other for other in nets if other != net and net.subnet_of(other)]
        expected = max(around, key=lambda other: other.prefixlen, default=None)
        assert (None if tree.parent[at] == NONE else nets[tree.parent[at]]) == expected
    for text, deepest in zip(tree.first.tolist(), tree.deepest.tolist(), strict=True):
        digits = text.decode()
        number = (
            int(digits, 16)
            if version == 6
            else int(ipaddress.ip_address(".".join(str(int(digits[k : k + 3])) for k in (0, 3, 6, 9))))
        )
        holding = [net for net in nets if int(net.network_address) <= number <= int(net.broadcast_address)]
        assert nets[deepest] == max(holding, key=lambda net: net.prefixlen)
