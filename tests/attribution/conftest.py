# SPDX-License-Identifier: Apache-2.0
"""Networks tables made of a few lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from swarmwitness.attribution import Networks
from swarmwitness.intake import take_table

HEADER = "prefix,org_id,kind,valid_from,valid_to,as_of,source,org_name,asn\n"


@pytest.fixture
def networks(tmp_path: Path) -> Callable[..., Networks]:
    def made(*lines: str) -> Networks:
        path = tmp_path / "networks.csv"
        path.write_text(HEADER + "".join(f"{line}{',' * (8 - line.count(','))}\n" for line in lines))
        table, rejected, _ = take_table("networks", [path], root=tmp_path)
        assert rejected.num_rows == 0
        return Networks.of(table)

    return made
