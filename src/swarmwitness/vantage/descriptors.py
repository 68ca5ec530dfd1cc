# SPDX-License-Identifier: Apache-2.0
"""How many sockets this process may have: asked of the system, and raised as far as it lets us."""

from __future__ import annotations

import resource

RESERVE = 128
"""For the log, trackers, the DHT, and whatever else is open."""


def sockets_for(wanted: int) -> int:
    """Room for this many peers' sockets, or as many as the system allows; at least one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVE
    if soft != resource.RLIM_INFINITY and soft < needed:
        best = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (best, hard))
            soft = best
        except (OSError, ValueError):
            pass  # The system has the last word.
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - RESERVE))
