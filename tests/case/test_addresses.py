# SPDX-License-Identifier: Apache-2.0
"""Lists of addresses: hostile files are one clear line."""

from pathlib import Path

import pytest

from swarmwitness.case.addresses import read_addresses
from swarmwitness.terms import InputError


@pytest.mark.parametrize(
    "content", [b"\xff\xfe1\x00", b"192.0.2.1\n\x00\n", b"fe80::1%eth0\n", b"192.0.2.1,192.0.2.2\n"]
)
def test_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"list\.txt"):
        read_addresses({"addresses_file": "list.txt"}, tmp_path, "anchors 'a'")


def test_one_address_has_one_spelling(tmp_path: Path) -> None:
    table = {"addresses": [" 192.0.2.1", "::FFFF:192.0.2.1", "2001:db8:0::1"]}
    assert read_addresses(table, tmp_path, "anchors 'a'") == ("192.0.2.1", "2001:db8::1")


def test_no_list_is_no_address(tmp_path: Path) -> None:
    assert read_addresses({"name": "population"}, tmp_path, "candidates 'c'") == ()
