# SPDX-License-Identifier: Apache-2.0
import asyncio
import os
import signal

import pytest

from swarmwitness.vantage.loop import run
from swarmwitness.vantage.progress import Progress, Summary

DONE = Summary(Progress(0, 0, 0, {}, 0, 0, 0.0), 0)


def test_a_watch_runs_to_its_end() -> None:
    async def watching() -> Summary:
        await asyncio.sleep(0)
        return DONE

    assert run(watching) is DONE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_its_clean_up(number) -> None:
    cleaned = []

    async def watching() -> Summary:
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            cleaned.append(number)
        return DONE

    assert run(watching) is None
    assert cleaned == [number]


def test_the_signal_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def watching() -> Summary:
        return DONE

    run(watching)
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_error_comes_through() -> None:
    async def watching() -> Summary:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        run(watching)
