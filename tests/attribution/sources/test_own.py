# SPDX-License-Identifier: Apache-2.0
"""Our own tables are known by their columns."""

from __future__ import annotations

import pytest

from swarmwitness.attribution.sources.own import FORMAT


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"prefix,org_id\n", True),
        (b'\xef\xbb\xbf"org_id","prefix",source\n192.0.2.0/24,x,y', True),
        (b"PAR1\x15\x04", True),
        (b"prefix,asn\n", False),
        (b"", False),
        (b"192.0.2.0/24\n", False),
    ],
)
def test_a_networks_table_is_known(head: bytes, wanted: bool) -> None:
    assert FORMAT.sniff(head, "any") is wanted
