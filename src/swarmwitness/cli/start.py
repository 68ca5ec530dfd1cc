# SPDX-License-Identifier: Apache-2.0
"""Where the process begins: before anything that takes time is imported, the signals of a watch are kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from swarmwitness.cli.ending import keep

WATCHES = ("observe",)
"""Commands that end in order when they are told to."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit status."""
    if sys.stdout is None:  # closed by the caller (`>&-`): there is nobody to tell
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the process
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in WATCHES:
        keep()
    from swarmwitness.cli.app import status_of

    sys.exit(status_of(words))
