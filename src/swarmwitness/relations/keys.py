# SPDX-License-Identifier: Apache-2.0
"""Keys of addresses (address.py) as numpy arrays: text of one width <-> fixed-width bytes <-> numbers."""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa

from swarmwitness.relations.address import KEY4

Keys = np.ndarray[tuple[int], np.dtype[np.bytes_]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Words = np.ndarray[tuple[int], np.dtype[np.uint64]]
Numbers = tuple[Words, Words]
"""High and low 64 bits; of IPv4 the high ones are 0."""
_OCTETS = np.array([100, 10, 1], np.uint64)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_DIGIT = np.zeros(256, np.uint8)
_DIGIT[_HEX] = np.arange(16, dtype=np.uint8)


def keys_of(column: pa.ChunkedArray[pa.StringScalar], width: int) -> Keys:
    """A column of text of one width as fixed-width bytes.

    Raises:
        ValueError: not all are of that width.
    """
    parts = [_chunk(chunk, width) for chunk in column.chunks if len(chunk)]
    return np.concatenate(parts) if parts else np.empty(0, f"S{width}")


def _chunk(chunk: pa.Array[pa.StringScalar], width: int) -> Keys:
    text = chunk.cast(pa.string())
    _, ends, data = text.buffers()
    offsets = np.frombuffer(cast("bytes", ends), np.int32)[text.offset : text.offset + len(text) + 1]
    if text.null_count or (np.diff(offsets) != width).any():
        raise ValueError(f"a key is not {width} characters wide")
    return np.frombuffer(cast("bytes", data), f"S{width}", len(text), int(offsets[0]))


def text_of(keys: Keys) -> pa.Array[pa.StringScalar]:
    """Fixed-width bytes as text; padding is cut off."""
    return cast("pa.Array[pa.StringScalar]", pa.array(keys, pa.binary()).cast(pa.string()))


def numbers_of(keys: Keys) -> Numbers:
    """The addresses as numbers."""
    digits = _characters(keys)
    if keys.itemsize == KEY4:
        octets = (digits - ord("0")).reshape(-1, 4, 3).astype(np.uint64) @ _OCTETS
        return np.zeros(len(keys), np.uint64), octets @ np.array([1 << 24, 1 << 16, 1 << 8, 1], np.uint64)
    nibbles = _DIGIT[digits]
    words = (nibbles[:, 0::2] << 4 | nibbles[:, 1::2]).reshape(-1, 2, 8)
    high, low = (np.ascontiguousarray(words[:, at]).view(">u8")[:, 0].astype(np.uint64) for at in (0, 1))
    return high, low


def keys_from(numbers: Numbers, version: int) -> Keys:
    """Numbers of one version of IP as keys."""
    high, low = numbers
    if version == 4:
        octets = np.stack([low >> np.uint64(shift) & np.uint64(255) for shift in (24, 16, 8, 0)], 1)
        digits = np.stack([octets // 100, octets // 10 % 10, octets % 10], 2).astype(np.uint8) + ord("0")
        return _joined(digits.reshape(len(low), KEY4))
    octets8 = np.stack([high, low], 1).astype(">u8").view(np.uint8).reshape(len(low), 16)
    return _joined(_HEX[np.stack([octets8 >> 4, octets8 & 15], 2).reshape(len(low), 32)])


def rest_of(keys: Keys, front: int) -> Keys:
    """What stands behind the first characters."""
    return _joined(_characters(keys)[:, front:])


def _characters(keys: Keys) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.ascontiguousarray(keys).view(np.uint8).reshape(len(keys), keys.itemsize)


def _joined(characters: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> Keys:
    width = characters.shape[1]
    return cast("Keys", np.ascontiguousarray(characters).view(f"S{width}").reshape(len(characters)))
