# SPDX-License-Identifier: Apache-2.0
"""A campaign finds what is planted, makes it again from its number, and goes on where it was stopped."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from swarmwitness.lab.fuzz import ALL, Campaign, Target
from swarmwitness.terms import MalformedMessage

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
SWEEP = os.environ.get("SWARMWITNESS_SWEEP") == "1"
INPUTS = 10_000_000 // len(ALL) + 1 if SWEEP else 4_000
PROGRESS = Path(__file__).resolve().parents[3] / "bench" / "out" / "fuzz.json"


def planted(data: bytes, _: random.Random) -> None:
    if data.startswith(b"d") and b"9" in data:
        raise KeyError("planted")
    if not data:
        raise MalformedMessage("nothing")


def slow(data: bytes, _: random.Random) -> None:
    until = time.thread_time() + (0.6 if data == b"d3:bar4:spam3:fooi42ee" else 0)
    while time.thread_time() < until:
        pass


def test_a_planted_fault_is_found_and_made_again() -> None:
    target = Target("bencode", planted, ("wire.bencode",))
    campaign = Campaign([target], CORPUS)
    faults = list(campaign.run(2000))
    assert faults
    assert all("KeyError" in fault.why for fault in faults)
    assert Campaign([target], CORPUS).one(target, faults[-1].number) == faults[-1]


def test_what_takes_too_long_is_a_fault() -> None:
    (fault,) = Campaign([Target("bencode", slow, ())], CORPUS).run(1)
    assert fault.why.startswith("took 0.6")


def test_a_reader_of_streams_may_refuse_nothing() -> None:
    target = Target("bencode", planted, (), may_refuse=False)
    whys = {fault.why.partition(":")[0] for fault in Campaign([target], CORPUS).run(3000)}
    assert whys == {"KeyError", "refused"}


def test_it_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    seen: list[bytes] = []
    target = Target("bencode", lambda data, _: seen.append(data), ())
    file = tmp_path / "progress.json"
    list(Campaign([target], CORPUS, progress=file).run(3000))
    list(Campaign([target], CORPUS, progress=file).run(5000))
    assert len(seen) == 5000
    again: list[bytes] = []
    list(Campaign([Target("bencode", lambda data, _: again.append(data), ())], CORPUS).run(5000))
    assert seen == again


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("target", ALL, ids=lambda target: target.name)
def test_no_input_breaks_what_reads_the_bytes_of_others(target: Target) -> None:
    """CI takes a sample; `make sweep` ten million in all, from where the last one stopped."""
    progress = PROGRESS.with_name(f"fuzz-{target.name}.json") if SWEEP else None
    campaign = Campaign([target], CORPUS, progress=progress)
    faults = list(campaign.run(INPUTS))
    assert not faults, "\n".join(map(str, faults[:5]))
    assert campaign.done[target.name] == INPUTS
