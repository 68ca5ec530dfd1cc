# SPDX-License-Identifier: Apache-2.0
"""Which logs a case was begun with: `init` names evidence/ and custody/ in both, under their seals.

So custody/ can't be put away and begun anew to be rid of a hold, also not in a copy of the case that this
machine has never seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from swarmwitness.case.logs.verdict import missing
from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.reading import read_checkpoint, read_one
from swarmwitness.evidence.verdict import Failure

OWN = ("evidence", "custody")
_INIT = 1
"""The exhibit that tells it; the one before is the log's creation."""


def begun_otherwise(case_dir: Path, origins: Mapping[str, str]) -> Iterator[Failure]:
    """A log of the case's own that is not, or not the one, with which another was begun.

    Args:
        origins: Of the logs that lie in the case, by name.
    """
    for name, other in (OWN, OWN[::-1]):
        said = _named(case_dir / name).get(other) if name in origins else None
        if said is None or origins.get(other) == said:
            continue
        why = f"{name}/, exhibit {_INIT}, says that it was begun with {said}"
        if other in origins:
            yield Failure(Reason.ORIGIN_DIFFERS, other, None, why)
        else:
            yield missing(other, why)


def _named(log: Path) -> dict[str, str]:
    """Origins by name, as the log's act `init` tells them; {} where it has none, as in the first release."""
    try:
        if read_checkpoint(log).size <= _INIT:
            return {}
        said = json.loads(read_one(log, _INIT).payload)
        logs = said["on"]["logs"] if said["act"] == "init" else {}
        return {str(name): str(origin) for name, origin in logs.items()}
    except (VerificationError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # a log that is damaged fails by itself
