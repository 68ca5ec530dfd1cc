# SPDX-License-Identifier: Apache-2.0
"""The days that a case tells of."""

import datetime as dt
from pathlib import Path
from typing import Any

from swarmwitness.case.networks.period import Period, period_of


def test_from_the_first_to_the_last_sighting(case: Path) -> None:
    assert period_of(case) is None
    rows = (f"{at},192.0.2.7,{'aa' * 20}\n" for at in ("2025-01-02T23:59:59Z", "2025-01-01T00:00:00Z"))
    (case / "sightings" / "a.csv").write_text("observed_at,ip,info_hash\n" + "".join(rows))
    found = period_of(case)
    assert found == Period(dt.date(2025, 1, 1), dt.date(2025, 1, 2))
    assert found.days == 2


def test_a_watch_counts_by_its_own_acts(observed: Any) -> None:
    found = period_of(observed.root)
    assert found is not None
    assert found.first <= found.last
