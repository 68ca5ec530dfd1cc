# SPDX-License-Identifier: Apache-2.0
"""Prefixes of one version of IP as a tree, and the stretches of addresses between all their bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from swarmwitness.relations.keys import Ints, Keys, Numbers, keys_from

NONE = -1
_FULL = np.uint64(2**64 - 1)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True)
class PrefixTree:
    """Prefixes, distinct.

    Attributes:
        parent: For each prefix the narrowest one around it, `NONE` for none.
        first, last: For each stretch that some prefix holds, its bounds as keys, inclusive, in order.
        deepest: For each stretch the narrowest prefix that holds it.
    """

    parent: Ints
    first: Keys
    last: Keys
    deepest: Ints

    @classmethod
    def of(cls, first: Numbers, length: Ints, version: int) -> PrefixTree:
        """From the first addresses, and the numbers of bits."""
        after, whole = _after(first, length, version)
        bounds = np.unique(np.concatenate([_bytes(first), _bytes(after)[~whole]]))
        low = np.searchsorted(bounds, _bytes(first))
        high = np.where(whole, len(bounds), np.searchsorted(bounds, _bytes(after)))
        parent, deepest = _painted(low, high, length, len(bounds))
        held = np.flatnonzero(deepest != NONE)
        begins = _numbers(bounds)
        following = (np.append(begins[0][1:], np.uint64(0)), np.append(begins[1][1:], np.uint64(0)))
        ends = _before(following, version)
        first_key, last_key = (keys_from((part[0][held], part[1][held]), version) for part in (begins, ends))

        return cls(parent, first_key, last_key, deepest[held])


def _painted(low: Ints, high: Ints, length: Ints, n_stretches: int) -> tuple[Ints, Ints]:
    """Parents and, for each stretch, the deepest prefix: the wide ones are painted first, the narrow ones
    over them."""
    deepest, parent = np.full(n_stretches, NONE), np.full(len(low), NONE)
    for bits in np.unique(length):
        own = np.flatnonzero(length == bits)
        parent[own] = deepest[low[own]]
        n = high[own] - low[own]
        at = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n - low[own], n)
        deepest[at] = np.repeat(own, n)
    return parent, deepest


def _after(
    first: Numbers, length: Ints, version: int
) -> tuple[Numbers, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The first address behind each prefix, and whether there is none, since it reaches the end."""
    free = (32 if version == 4 else 128) - length
    high, low = first
    mask_low = np.where(free >= 64, _FULL, _mask(np.minimum(free, 63)))
    mask_high = np.where(free >= 128, _FULL, _mask(np.clip(free - 64, 0, 63)))
    last_high, last_low = high | mask_high, low | mask_low
    after_low = last_low + _ONE
    after_high = last_high + (after_low == 0).astype(np.uint64)
    if version == 4:
        return (after_high, after_low), last_low == np.uint64(2**32 - 1)
    return (after_high, after_low), (last_high == _FULL) & (last_low == _FULL)


def _mask(bits: Ints) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return (_ONE << bits.astype(np.uint64)) - _ONE


def _before(numbers: Numbers, version: int) -> Numbers:
    """One less; less than 0 is the last address of all."""
    high, low = numbers
    less, none = low - _ONE, low == 0
    if version == 4:
        return high, np.where(none, np.uint64(2**32 - 1), less)
    return high - none.astype(np.uint64), less


def _bytes(numbers: Numbers) -> Keys:
    """Numbers as 16 bytes that order as they do."""
    packed = np.stack(numbers, 1).astype(">u8")
    return np.ascontiguousarray(packed).view("S16").reshape(len(packed))


def _numbers(packed: Keys) -> Numbers:
    words = np.ascontiguousarray(packed).view(">u8").reshape(len(packed), 2).astype(np.uint64)
    return words[:, 0], words[:, 1]
