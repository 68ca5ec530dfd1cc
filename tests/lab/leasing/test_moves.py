# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime as dt

import pytest

from swarmwitness.lab.leasing.moves import moves, moves_table

HEAD = "ip,as_of,prefix,asn,org_name,n_covering,source,drawn\n"


def test_addresses_routed_on_both_days_are_compared(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text(
        HEAD
        + "192.0.2.1,2024-01-01,,64496,,1,a,\n192.0.2.1,2025-01-01,,64497,,1,a,\n"
        + "192.0.2.2,2024-01-01,,64496 64499,,1,a,\n192.0.2.2,2025-01-01,,64499 64496,,1,a,\n"
        + "192.0.2.3,2024-01-01,,,,0,a,\n192.0.2.3,2025-01-01,,64498,,1,a,\n"
    )
    (found,) = moves(file)
    assert (found.n, found.n_moved, found.same_source) == (2, 1, True)
    assert found.per_year == pytest.approx(0.5, abs=0.01)
    assert "| 2024-01-01 | 2025-01-01 | 2 | 1 |" in moves_table([found])


@pytest.mark.shared
def test_the_shared_sample_gives_what_its_readme_says(shared):
    found = moves(shared / "networks" / "truth-as-of.csv")
    told = {(each.earlier, each.later): (each.n_moved, each.n) for each in found}
    assert told[dt.date(2008, 5, 1), dt.date(2014, 5, 13)] == (419, 1563)
    assert told[dt.date(2014, 5, 13), dt.date(2025, 4, 2)] == (912, 2186)
    assert told[dt.date(2025, 4, 2), dt.date(2025, 4, 11)] == (8, 2872)
