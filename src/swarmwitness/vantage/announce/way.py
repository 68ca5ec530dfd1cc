# SPDX-License-Identifier: Apache-2.0
"""From where, over which family, and how long a tracker may be asked."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.terms import IPAddress


@dataclass(frozen=True, slots=True)
class Way:
    """One way to one tracker.

    Attributes:
        version: Of the Internet Protocol, 4 or 6: redirects stay with it.
        local: Address to ask from; None lets the system choose.
        deadline: By the loop's clock.
    """

    version: int
    local: IPAddress | None
    deadline: float
