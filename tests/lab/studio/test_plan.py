# SPDX-License-Identifier: Apache-2.0
"""The plan of addresses: nobody's ranges, no prefix inside another that is somebody else's."""

from __future__ import annotations

import ipaddress
from itertools import combinations

from swarmwitness.lab.studio import plan

AREAS = (*plan.AREAS, *plan.CONTROLS, *plan.TENANTS, plan.EARLIER, plan.GUESTS)


def test_blocks_do_not_overlap_by_accident() -> None:
    held = {ipaddress.ip_network(area.prefix): area.name for area in AREAS}
    held |= {ipaddress.ip_network(plan.BLOCK_A): "company"}
    for one, other in combinations(held, 2):
        assert one.version != other.version or not one.overlaps(other), (one, other)


def test_moments() -> None:
    assert plan.at_us("1970-01-02") == plan.DAY_US
    assert plan.START_US < plan.TAKEOVER_US < plan.NOTICE_US < plan.END_US
    # 1970-01-01 was a Thursday: weeks begin on a Monday.
    assert (plan.START_US // plan.DAY_US + 3) % 7 == 0
