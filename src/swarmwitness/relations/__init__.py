# SPDX-License-Identifier: Apache-2.0
"""Set-oriented kernels over rows: leases, downloads, counts, series. One code for every engine.

May be added: a kernel: rows in, rows out, total order, integer counts.
Never: floats that a finding prints, organisation names as logic, files other than the rows' own.
Start with engine.py, then rows.py and leases.py.
"""

from swarmwitness.relations.counts import count
from swarmwitness.relations.downloads import downloads
from swarmwitness.relations.engine import ENGINES, Engine, engine_of
from swarmwitness.relations.holders import attribute
from swarmwitness.relations.leases import lease
from swarmwitness.relations.rows import fold
from swarmwitness.relations.series import series
from swarmwitness.relations.support import write_support

__all__ = [
    "ENGINES",
    "Engine",
    "attribute",
    "count",
    "downloads",
    "engine_of",
    "fold",
    "lease",
    "series",
    "write_support",
]
