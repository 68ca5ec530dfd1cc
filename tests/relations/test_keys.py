# SPDX-License-Identifier: Apache-2.0
"""Keys as arrays and as numbers."""

from __future__ import annotations

import ipaddress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.relations.address import KEY4, KEY6, key_of
from swarmwitness.relations.keys import keys_from, keys_of, numbers_of, rest_of, text_of


@given(st.lists(st.ip_addresses(), max_size=20), st.sampled_from([4, 6]))
def test_a_key_is_a_number_and_back(addresses, version: int) -> None:
    own = [address for address in addresses if address.version == version]
    texts = pa.chunked_array(
        [[f"{int(a):032x}" if version == 6 else key_of(str(a)) for a in own]], pa.string()
    )
    keys = keys_of(texts, KEY4 if version == 4 else KEY6)
    high, low = numbers_of(keys)
    assert [int(h) << 64 | int(n) for h, n in zip(high, low, strict=True)] == [int(a) for a in own]
    assert keys_from((high, low), version).tolist() == keys.tolist()
    assert text_of(keys).to_pylist() == texts.to_pylist()


def test_slices_keep_their_place_and_odd_widths_are_refused() -> None:
    column = pa.chunked_array([["192000002001", "192000002002"], [], ["192000002003"]], pa.string())
    assert keys_of(column.slice(1), KEY4).tolist() == [b"192000002002", b"192000002003"]
    assert rest_of(keys_of(column, KEY4), 9).tolist() == [b"001", b"002", b"003"]
    for bad in (["192"], [None], ["1920000020011"]):
        with pytest.raises(ValueError, match="wide"):
            keys_of(pa.chunked_array([bad], pa.string()), KEY4)
    top = key_of(str(ipaddress.ip_address("255.255.255.255")))
    assert numbers_of(np.array([top], "S12"))[1].tolist() == [2**32 - 1]
