# SPDX-License-Identifier: Apache-2.0
"""Watching swarms until a deadline: announce, dial, hold, record, seal.

Theory of operation: one task schedules; announces and dials are short tasks of their own; links
are protocols that live in the event loop. Whatever ends the watch (deadline, cancellation, a disk
that is full), links are closed, the end is recorded and the log is sealed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from itertools import cycle

from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Instant, Rung
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.progress import Progress, Summary
from swarmwitness.vantage.recorder import Recorder, RecordingError
from swarmwitness.vantage.settings import WatchSettings
from swarmwitness.vantage.swarmwatch import SwarmWatch
from swarmwitness.vantage.target import Target

SECOND = 1_000_000_000
OnProgress = Callable[[Progress], None]


async def watch(
    targets: Sequence[Target],
    *,
    recorder: Recorder,
    conduct: Conduct,
    seconds: float,
    settings: WatchSettings | None = None,
    on_progress: OnProgress | None = None,
    entropy: Entropy | None = None,
) -> Summary:
    """Watch these swarms for so long, then seal.

    Args:
        targets: Each info_hash once.
        seconds: Until the deadline; trackers are then told within `settings.farewell_s`.
        on_progress: Told about once a second.

    Raises:
        RecordingError: the log could not be written; nothing was observed after that.
        asyncio.CancelledError: cancelled from outside, after sealing.
    """
    names = [target.info_hash.on_wire for target in targets]
    if len(set(names)) != len(names):
        raise ValueError("an info_hash is watched twice")
    session = _Session(targets, recorder, conduct, settings or WatchSettings(), entropy or Entropy())
    ended = "fault"
    session.begin(targets, seconds, conduct.client)
    try:
        await session.run(seconds, on_progress)
        ended = "deadline"
    except asyncio.CancelledError:
        ended = "cancelled"
        raise
    finally:
        try:
            await session.leave(farewell=ended != "fault")
        finally:
            session.end(ended)
    return session.summary(ended)


class _Session:
    """One call of `watch`."""

    def __init__(
        self,
        targets: Sequence[Target],
        recorder: Recorder,
        conduct: Conduct,
        settings: WatchSettings,
        entropy: Entropy,
    ) -> None:
        self._recorder = recorder
        self._settings = settings
        self._swarms = [SwarmWatch(target, recorder, conduct, settings, entropy) for target in targets]
        self._turns: Iterator[SwarmWatch] = cycle(self._swarms)
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        self._deadline_ns = 0
        self._allowance = 1.0
        self._flush_ns = self._seal_ns = self._dial_ns = 0

    # Beginning and end

    def begin(self, targets: Sequence[Target], seconds: float, client: str) -> None:
        """Record who watches what, and seal it before the first packet."""
        note = {"act": "observe-start", "client": client, "seconds": seconds, "swarms": len(targets)}
        at = self._recorder.note("act", note)
        for target in targets:
            target.record(self._recorder)
        self._recorder.seal()
        self._deadline_ns = at.monotonic_ns + int(seconds * SECOND)
        self._flush_ns = self._seal_ns = self._dial_ns = at.monotonic_ns

    async def leave(self, *, farewell: bool) -> None:
        """Hang up, let sockets close, say goodbye; bounded in time."""
        for task in self._tasks:
            task.cancel()
        for swarm in self._swarms:
            swarm.hang_up()
        goodbyes = [asyncio.ensure_future(swarm.farewell()) for swarm in self._swarms if farewell]
        pending = [*self._tasks, *goodbyes]
        if pending:
            _, late = await asyncio.wait(pending, timeout=self._settings.farewell_s)
            for task in late:
                task.cancel()
        for _ in range(100):
            if not any(swarm.links or swarm.busy for swarm in self._swarms):
                break
            await asyncio.sleep(0.01)

    def end(self, ended: str) -> None:
        """Record the end and seal, unless the log itself is what failed."""
        if self._recorder.failure is None:
            outcomes = sum((swarm.outcomes for swarm in self._swarms), Counter[str]())
            self._recorder.note(
                "act", {"act": "observe-end", "ended": ended, "connections": outcomes.total()}
            )
            self._recorder.seal()

    # The schedule

    async def run(self, seconds: float, on_progress: OnProgress | None) -> None:
        """Look every `tick_s` until the deadline."""
        while (at := self._recorder.now()).monotonic_ns < self._deadline_ns:
            self._raise_faults()
            self._announce(at)
            self._dial(at)
            self._each_second(at, on_progress)
            left_s = (self._deadline_ns - at.monotonic_ns) / SECOND
            await asyncio.sleep(min(self._settings.tick_s, left_s))
        self._raise_faults()

    def _raise_faults(self) -> None:
        if self._recorder.failure is not None:
            raise RecordingError(str(self._recorder.failure)) from self._recorder.failure
        if self._fault is not None:
            raise self._fault

    def _announce(self, at: Instant) -> None:
        """A few at a time: thousands of swarms often share one tracker."""
        room = self._settings.max_announces - sum(len(swarm.busy) for swarm in self._swarms)
        for swarm in self._swarms:
            for tracker in swarm.trackers:
                if room > 0 and tracker not in swarm.busy and tracker.due(at):
                    room -= 1
                    self._spawn(swarm.ask(tracker))

    def _dial(self, at: Instant) -> None:
        """Swarms in turn, within the overall rate and the number of open links."""
        elapsed_s = (at.monotonic_ns - self._dial_ns) / SECOND
        self._dial_ns = at.monotonic_ns
        rate = self._settings.dials_per_s
        self._allowance = min(self._allowance + elapsed_s * rate, rate)
        room = self._settings.max_open - sum(len(swarm.links) for swarm in self._swarms)
        budget = min(int(self._allowance), room)
        idle = 0
        while budget > 0 and idle < len(self._swarms):
            swarm = next(self._turns)
            due = swarm.take_due(at)
            if due is None:
                idle += 1
                continue
            idle = 0
            budget -= 1
            self._allowance -= 1
            self._spawn(swarm.dial(*due))

    def _each_second(self, at: Instant, on_progress: OnProgress | None) -> None:
        if at.monotonic_ns < self._flush_ns:
            return
        self._flush_ns = at.monotonic_ns + int(self._settings.flush_s * SECOND)
        for swarm in self._swarms:
            swarm.tick()
        if at.monotonic_ns >= self._seal_ns + self._settings.seal_s * SECOND:
            self._seal_ns = at.monotonic_ns
            self._recorder.seal()
        else:
            self._recorder.flush()
        if on_progress is not None:
            on_progress(self.progress(at))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._fault = self._fault or task.exception()

    # Counts

    def progress(self, at: Instant) -> Progress:
        """The counts now."""
        return Progress(
            swarms=len(self._swarms),
            endpoints=sum(len(swarm.roster) for swarm in self._swarms),
            open_links=sum(len(swarm.links) for swarm in self._swarms),
            peers_by_rung=dict(
                sorted(sum((swarm.rungs() for swarm in self._swarms), Counter[Rung]()).items())
            ),
            received_bytes=sum(swarm.received_bytes for swarm in self._swarms),
            exhibits=self._recorder.size,
            left_s=max(0.0, (self._deadline_ns - at.monotonic_ns) / SECOND),
        )

    def summary(self, ended: str) -> Summary:
        """The counts of the whole watch."""
        return Summary(
            progress=self.progress(self._recorder.now()),
            dials=sum(swarm.dials for swarm in self._swarms),
            outcomes=sum((swarm.outcomes for swarm in self._swarms), Counter()),
            announces=sum((swarm.announces for swarm in self._swarms), Counter()),
            undialled=sum((swarm.roster.undialled for swarm in self._swarms), Counter()),
            oddities=sum((swarm.oddities for swarm in self._swarms), Counter()),
            ended=ended,
        )
