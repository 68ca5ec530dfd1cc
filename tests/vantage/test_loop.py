# SPDX-License-Identifier: Apache-2.0
"""A watch runs to its end; a signal ends it early, after it could tidy up."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from swarmwitness.vantage.loop import SIGNALS, run
from swarmwitness.vantage.progress import Progress, Summary

NOTHING = Summary(Progress(0, 0, 0, {}, 0, 0, 0.0), 0)


def test_the_summary_comes_back() -> None:
    async def watching() -> Summary:
        return NOTHING

    assert run(watching) is NOTHING


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_tidying_up(number: signal.Signals) -> None:
    tidied = []

    async def watching() -> Summary:
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(30)
        finally:
            tidied.append(True)
        return NOTHING

    assert run(watching) is None
    assert tidied == [True]


def test_a_mistake_of_ours_is_raised() -> None:
    async def watching() -> Summary:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(watching)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_go_back_to_whoever_had_them(number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in SIGNALS}

    async def watching() -> None:
        os.kill(os.getpid(), number)
        await asyncio.sleep(30)

    run(watching)
    assert {each: signal.getsignal(each) for each in SIGNALS} == before


def test_who_was_asked_to_end_before_ends_behind_the_first_step() -> None:
    told = []

    async def watching() -> Summary:
        told.append("begun")
        try:
            await asyncio.sleep(30)
        finally:
            told.append("tidied")
        return NOTHING

    assert run(watching, lambda: True) is None
    assert told == ["begun", "tidied"]
