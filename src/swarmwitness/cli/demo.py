# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.cli import show
from swarmwitness.lab.demo import DemoResult
from swarmwitness.lab.demo import demo as run_demo


def demo(
    *,
    out: Annotated[Path, Parameter(help="Where everything is written; a new or empty folder.")] = Path(
        "demo-out"
    ),
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Watch a laboratory swarm and weigh a synthetic case, from packet to report.

    Real clients share three torrents on a network of their own, inside this machine; the observer
    watches, seals, verifies, attributes and weighs; what it found is compared with what the clients
    and the packets say. The case is then handed over: bundles, which two verifiers check, and
    exports. Then a synthetic case in the shape of published figures is run.

    Exit status 0: everything came out as expected; 1: something did not.

    **Example**

        swarmwitness demo --out demo-out
    """
    with show.progress() as bar:
        task = bar.add_task("demo", total=None, detail="")
        result = run_demo(out, progress=lambda line: bar.update(task, detail=line))
    if json:
        show.print_json(result.to_json())
    else:
        _print(result)
    return 0 if result.ok else 1


def _print(result: DemoResult) -> None:
    rows = [(row.claim, row.expected, row.found, "ok" if row.ok else "NOT OK") for row in result.rows]
    show.print_table("expected and found", ("claim", "expected", "found", ""), rows)
    for note in result.notes:
        show.say(f"note     {note}")
    for part, seconds in result.seconds.items():
        show.say(f"{part:<8} {seconds:.0f} s")
    for report in result.reports:
        show.say(f"report   {report}")
    for handed in result.handed_over:
        show.say(f"handed   {handed}")
