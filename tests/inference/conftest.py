# SPDX-License-Identifier: Apache-2.0
"""The worlds of bench/overlap_worlds.py, and short ways to write downloads."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from swarmwitness.inference import Downloads

BENCH = Path(__file__).resolve().parent.parent.parent / "bench"
WEEK_US = 7 * 86_400_000_000


@pytest.fixture(scope="session")
def worlds() -> ModuleType:
    """bench/ is no package: the file is loaded by its path."""
    spec = importlib.util.spec_from_file_location("overlap_worlds", BENCH / "overlap_worlds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["overlap_worlds"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def downloads() -> Callable[[str], Downloads]:
    """`"0:5 0:6@1 1:5@1#2"` -> address:work@week#kind, week and kind 0 where left out."""

    def of(text: str) -> Downloads:
        rows = []
        for item in text.split():
            rest, _, kind = item.partition("#")
            rest, _, week = rest.partition("@")
            actor, _, work = rest.partition(":")
            rows.append((int(actor), int(work), int(week or 0), int(kind or 0)))
        actor, work, week, kind = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return Downloads(actor, work, week, kind, week * WEEK_US, np.zeros_like(actor))

    return of
