# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.cli import show


def demo(
    *,
    out: Annotated[Path, Parameter(help="Where everything is written.")] = Path("demo-out"),
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Watch a laboratory swarm and weigh a synthetic case, from packet to report."""
    show.say("not yet")
    return 1
