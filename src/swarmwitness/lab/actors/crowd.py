# SPDX-License-Identifier: Apache-2.0
"""Many real clients (libtorrent sessions) in one process, each with its own address and its own account.

`python -m swarmwitness.lab.actors.crowd SPECS.json`: a list of what `client.py` takes. Says `ready`, takes
the words `report` and `stop`, and answers with a JSON list of records.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from swarmwitness.lab.actors.client import Client, spec_of, words

POLL_S = 2.0


def main(path: Path) -> int:
    """Run until told to stop."""
    clients = [Client(spec_of(told)) for told in json.loads(path.read_text(encoding="utf-8"))]
    _say("ready")
    due = 0.0
    for word in words():
        if word or time.monotonic() >= due:
            due = time.monotonic() + POLL_S
            for client in clients:
                client.poll()
        if word == "stop":
            break
        if word == "report":
            _report(clients)
    _report(clients)
    return 0


def _report(clients: list[Client]) -> None:
    for client in clients:
        client.poll()
    _say(json.dumps([asdict(client.record()) for client in clients]))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
