# SPDX-License-Identifier: Apache-2.0
"""A go-between is asked, answers or does not; then the link calls, or fails in one word."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from swarmwitness.swarm.commands import Send
from swarmwitness.terms import Endpoint
from swarmwitness.vantage import punch as module
from swarmwitness.vantage.punch import NO_PUNCH, Punches

RELAY, TARGET = Endpoint.of("203.0.114.9", 1), Endpoint.of("203.0.114.1", 2)


@dataclass
class Link:
    """A link that is asked, or that is to call."""

    remote: Endpoint
    connected: bool = True
    speaks: bool = True
    said: list[object] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    @property
    def dialogue(self) -> Link:
        return self

    def rendezvous(self, target, at):
        return [Send(b"rendezvous")] if self.speaks else []

    def perform(self, commands, at) -> None:
        self.said += commands

    def tick(self) -> None:
        """A uTP link sends at its tick."""

    def failed(self, outcome: str) -> None:
        self.ended.append(outcome)


def punched(station, relay: Link | None, answer: str | None):
    """The outcome in the log, whether the link called, how it failed."""
    called = []

    async def dial() -> None:
        called.append(True)

    async def run():
        punches = Punches(SimpleNamespace(recorder=station.recorder))
        caller = Link(TARGET)
        held = None if relay is None else SimpleNamespace(link=relay)
        task = asyncio.ensure_future(punches.punch(RELAY, held, caller, dial))
        await asyncio.sleep(0.01)
        assert answer is None or punches.told(TARGET, answer)
        await task
        assert not punches.told(TARGET, "connect"), "nobody waits for it any more"
        return caller

    caller = asyncio.run(run())
    (note,) = [json.loads(e.payload) for _, e in station.seen]
    assert (note["event"], note["relay"], note["target"]) == ("punch", str(RELAY), str(TARGET))
    return note["outcome"], bool(called), caller.ended


def test_brought_together_the_link_calls(station) -> None:
    relay = Link(RELAY)
    assert punched(station, relay, "connect") == ("connect", True, [])
    assert relay.said == [Send(b"rendezvous")]


@pytest.mark.parametrize(
    ("relay", "answer", "outcome"),
    [
        (None, None, "no_relay"),
        (Link(RELAY, connected=False), None, "no_relay"),
        (Link(RELAY, speaks=False), None, "not_spoken"),
        (Link(RELAY), "error", "error"),
        (Link(RELAY), None, "timeout"),
    ],
    ids=["gone", "not there yet", "speaks of no such thing", "declines", "says nothing"],
)
def test_otherwise_it_fails(station, monkeypatch, relay, answer, outcome) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.1)
    assert punched(station, relay, answer) == (outcome, False, [NO_PUNCH])


def test_given_up_it_is_told(station) -> None:
    async def run():
        punches, caller = Punches(SimpleNamespace(recorder=station.recorder)), Link(TARGET)
        work = punches.punch(RELAY, SimpleNamespace(link=Link(RELAY)), caller, lambda: asyncio.sleep(0))
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return caller.ended

    assert asyncio.run(run()) == ["we_closed"]
