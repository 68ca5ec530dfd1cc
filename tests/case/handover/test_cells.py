# SPDX-License-Identifier: Apache-2.0
"""Cells that are handed over: pseudonyms, and no formula."""

import csv
import io

import pytest

from swarmwitness.case.handover.cells import csv_bytes, sighting_cell
from swarmwitness.case.pseudonyms import Pseudonyms

KEY = Pseudonyms(b"k" * 32)
IP = "198.51.100.7"


@pytest.mark.parametrize(
    "peer_id",
    [b"-AB1-198.51.100.9---", b"-XX-2001:db8::9-----", b"12345678\xc6\x33\x64\x0790123456", b"not hex"],
)
def test_a_peer_id_that_tells_an_address_is_left_out(peer_id: bytes) -> None:
    text = peer_id.hex() if len(peer_id) == 20 else "no hex"
    assert sighting_cell("peer_id", text, IP, KEY) == ""


def test_the_others_are_told() -> None:
    plain = b"-XX0001-abcdefghijkl".hex()
    assert sighting_cell("peer_id", plain, IP, KEY) == plain
    assert sighting_cell("ip", IP, IP, KEY) == KEY.of(IP)
    assert sighting_cell("client", f"bot ip:{IP}", IP, KEY) == f"bot ip:{KEY.of(IP)}"
    assert sighting_cell("exhibit", "log:a/3", IP, KEY) == "log:a/3"
    assert sighting_cell("ltep", "00", IP, KEY) == ""
    assert sighting_cell("observed_at", 0, IP, KEY) == "1970-01-01T00:00:00.000000Z"
    assert sighting_cell("port", 6881, IP, KEY) == 6881
    assert sighting_cell("progress", 0.5, IP, KEY) == 0.5


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_runs_nothing(start: str) -> None:
    content = csv_bytes(("text", "number"), [(f"{start}HYPERLINK(1)", -1)]).decode()
    spelled = start if start.isprintable() else repr(start)[1:-1]
    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{spelled}HYPERLINK(1)", "-1"]


def test_what_does_not_print_is_spelled_out() -> None:
    assert csv_bytes(("a",), [("bad \udcff\r\n\x1b[31m",)]) == b"a\nbad \\udcff\\r\\n\\x1b[31m\n"
