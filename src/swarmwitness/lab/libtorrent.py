# SPDX-License-Identifier: Apache-2.0
"""The one door to libtorrent, which has wheels for some interpreters only."""

from __future__ import annotations

import importlib
from typing import Any

from swarmwitness.terms import InputError

MISSING = "libtorrent is not installed (no wheel for this interpreter?): the laboratory swarm is left out"


def load() -> Any:
    """The module.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module("libtorrent")
    except ImportError:
        raise InputError(MISSING) from None


def available() -> bool:
    """Whether `load` would succeed."""
    try:
        load()
    except InputError:
        return False
    return True
