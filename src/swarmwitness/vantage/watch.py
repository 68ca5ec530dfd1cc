# SPDX-License-Identifier: Apache-2.0
"""Watching swarms until a deadline: ask sources, meet peers, hold links, record, seal.

Theory of operation: one task looks every `tick_s` at what is due: questions to sources, attempts on the
agenda, once a second links, flush, seal and progress. Questions and dials are short tasks of their own; links
are protocols that live in the event loop. What a look costs depends on what is due, never on how many
swarms there are. Whatever ends the watch (deadline, cancellation, a disk that is full), links are
closed, the end is recorded and the log is sealed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence

from swarmwitness.swarm.announce import Tracker
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Instant, Rung
from swarmwitness.vantage.agenda import Urgency
from swarmwitness.vantage.clockwatch import ClockWatch
from swarmwitness.vantage.controls import controls
from swarmwitness.vantage.doors import Doors
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.hearsay import Hearsay
from swarmwitness.vantage.outfit import Held, Outfit, outfit_of
from swarmwitness.vantage.progress import Progress, Summary
from swarmwitness.vantage.recorder import Recorder, RecordingError
from swarmwitness.vantage.roster import Roster
from swarmwitness.vantage.settings import WatchSettings
from swarmwitness.vantage.swarmwatch import SwarmWatch
from swarmwitness.vantage.target import Target

SECOND = 1_000_000_000
GRACE_S = 1.0
"""For what was cancelled, to say so."""
MAX_UNFINISHED_BYTES = 256 << 20
"""Of all peers, in messages that they have begun; a replay that runs along holds as much."""
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
        InputError: the port to listen on, or a socket for the DHT, cannot be had.
        asyncio.CancelledError: cancelled from outside, after sealing.
    """
    names = [target.info_hash.on_wire for target in targets]
    if len(set(names)) != len(names):
        raise ValueError("an info_hash is watched twice")
    outfit = outfit_of(recorder, conduct, settings or WatchSettings(), entropy or Entropy())
    session = _Session(outfit)
    ended = "fault"
    session.begin(targets, seconds)
    try:
        await session.run(on_progress)
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
    """One call of `watch`; for `Doors` and `Hearsay` it is the table of swarms."""

    def __init__(self, outfit: Outfit) -> None:
        self._outfit = outfit
        self._recorder = outfit.recorder
        self._settings = outfit.settings
        self._tally = outfit.shared.tally
        self._agenda = outfit.shared.agenda
        self._clock = ClockWatch(outfit.recorder)
        self._doors = Doors(outfit, self)
        self._hearsay = Hearsay(outfit, self)
        self._targets: list[Target] = []
        self._swarms: dict[bytes, SwarmWatch] = {}
        self._by_roster: dict[Roster, SwarmWatch] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        self._deadline_ns = 0
        self._allowance = 1.0
        self._flush_ns = self._seal_ns = self._dial_ns = 0
        self._sealed = 0

    # The table of swarms

    def torrent(self, on_wire: bytes) -> Torrent | None:
        """What is watched under these 20 bytes."""
        swarm = self._swarms.get(on_wire)
        return None if swarm is None else swarm.torrent

    def torrents(self) -> Iterator[Torrent]:
        """All that is watched."""
        return (swarm.torrent for swarm in self._swarms.values())

    def host(self, on_wire: bytes) -> SwarmWatch:
        """The swarm of a watched torrent."""
        return self._swarms[on_wire]

    # Beginning and end

    def begin(self, targets: Sequence[Target], seconds: float) -> None:
        """Record who watches what, and seal it before the first packet."""
        settings, client = self._settings, self._outfit.conduct.client
        note = {"act": "observe-start", "client": client, "seconds": seconds, "swarms": len(targets)}
        at = self._recorder.note("act", note)
        canaries = settings.canaries if settings.listen_port else 0
        ours = controls(targets, settings.decoys, canaries, settings.listen_port + 1, self._outfit.entropy)
        self._targets = [*targets, *ours]
        for target in self._targets:
            target.record(self._recorder)
        self._clock.look(at)
        self._seal(at)
        self._deadline_ns = at.monotonic_ns + int(seconds * SECOND)
        self._flush_ns = self._dial_ns = at.monotonic_ns

    async def _open(self) -> None:
        """Listen, then ask."""
        await self._doors.open()
        at = self._recorder.now()
        for target in self._targets:
            swarm = SwarmWatch(target, self._outfit)
            self._swarms[target.info_hash.on_wire] = self._by_roster[swarm.roster] = swarm
            if target.canary_port:
                swarm.impersonate(target.trackers, target.canary_port)
        await self._hearsay.open(self._swarms.values(), at)

    async def leave(self, *, farewell: bool) -> None:
        """Hang up, let sockets close, say goodbye; bounded in time."""
        for task in self._tasks:
            task.cancel()
        for held in list(self._outfit.held):
            held.link.close("we_closed")
        pending = set(self._tasks)
        if farewell:
            pending.add(asyncio.ensure_future(self._say_goodbye()))
        try:
            if pending:
                await self._last_words(pending)
        finally:
            # Told to end once more meanwhile, it says less, and leaves nothing open.
            self._doors.close()
            self._hearsay.close()
            self._outfit.announcer.close()
            self._outfit.dialer.close()
        for _ in range(100):
            if not self._outfit.held and not self._tasks and not self._doors.busy:
                break
            await asyncio.sleep(0.01)

    async def _last_words(self, pending: set[asyncio.Task[None]]) -> None:
        _, late = await asyncio.wait(pending, timeout=self._settings.farewell_s)
        for task in late:
            task.cancel()
        if late:
            # Their questions are to be told as ended before the end is sealed.
            await asyncio.wait(late, timeout=GRACE_S)

    async def _say_goodbye(self) -> None:
        few = asyncio.Semaphore(self._settings.max_announces)

        async def goodbye(swarm: SwarmWatch, tracker: Tracker) -> None:
            async with few:
                await swarm.ask(tracker, "stopped")

        owed = ((swarm, tracker) for swarm in self._swarms.values() for tracker in swarm.owed)
        await asyncio.gather(*(goodbye(*each) for each in owed))

    def end(self, ended: str) -> None:
        """Record the end and seal, unless the log itself is what failed."""
        if self._recorder.failure is None:
            note = {"act": "observe-end", "ended": ended, "connections": self._tally.outcomes.total()}
            self._seal(self._recorder.note("act", note))

    # The schedule

    async def run(self, on_progress: OnProgress | None) -> None:
        """Look every `tick_s` until the deadline."""
        await self._open()
        while (at := self._recorder.now()).monotonic_ns < self._deadline_ns:
            self._raise_faults()
            for work in self._hearsay.due(at):
                self._spawn(work)
            self._doors.step(at)
            self._dial(at)
            if at.monotonic_ns >= self._flush_ns:
                self._each_second(at, on_progress)
            left_s = (self._deadline_ns - at.monotonic_ns) / SECOND
            await asyncio.sleep(min(self._settings.tick_s, left_s))
        self._raise_faults()

    def _raise_faults(self) -> None:
        if self._recorder.failure is not None:
            raise RecordingError(str(self._recorder.failure)) from self._recorder.failure
        if self._fault is not None:
            raise self._fault

    def _dial(self, at: Instant) -> None:
        """Within the overall rate, and the number of open links of each transport."""
        elapsed_s = (at.monotonic_ns - self._dial_ns) / SECOND
        self._dial_ns = at.monotonic_ns
        rate = self._settings.dials_per_s
        self._allowance = min(self._allowance + elapsed_s * rate, max(rate, 1))
        self._agenda.wake(at)
        open_now = self._outfit.open_by_transport()
        room = {
            "tcp": self._settings.max_open - open_now["tcp"],
            "utp": self._settings.max_utp - open_now["utp"],
        }
        conduct = self._outfit.conduct
        while self._allowance >= 1:
            ways = [transport for transport, places in room.items() if places > 0]
            errand = self._agenda.take(ways, lambda endpoint: conduct.crowded(endpoint, at))
            if errand is None:
                break
            work = self._by_roster[errand.owner].meet(errand, at)
            if work is not None:
                self._allowance -= 1
                room[errand.transport] -= 1
                self._spawn(work)

    def _each_second(self, at: Instant, on_progress: OnProgress | None) -> None:
        self._flush_ns = at.monotonic_ns + int(self._settings.flush_s * SECOND)
        self._clock.look(at)
        self._doors.tick(at)
        for held in list(self._outfit.held):
            held.link.tick()
        for held in overfull(self._outfit.held):
            held.link.close("flood")
        self._learn(at)
        self._make_room(at)
        if at.monotonic_ns >= self._seal_ns + self._settings.seal_s * SECOND:
            self._seal(at)
        else:
            self._recorder.flush()
        if on_progress is not None:
            on_progress(self.progress(at))

    def _learn(self, at: Instant) -> None:
        """What inbound peers and descriptions of torrents tell, a second late at most."""
        for held in [held for held in self._outfit.held if held.inbound]:
            torrent = held.link.dialogue.torrent
            if torrent is not None:
                self.host(torrent.info_hash.on_wire).settle(held, at)
        chores = list(self._outfit.chores)
        self._outfit.chores.clear()
        for chore in chores:
            chore()

    def _make_room(self, at: Instant) -> None:
        """Where all places are taken and somebody new waits, those who were heard longest give way."""
        open_now = self._outfit.open_by_transport()
        most = {"tcp": self._settings.max_open, "utp": self._settings.max_utp}
        for transport, places in most.items():
            waits = any(self._agenda.waits(each, transport) for each in (Urgency.LIVE, Urgency.FRESH))
            if waits and open_now[transport] >= places:
                self._let_go(transport, max(1, places // 20), at)

    def _let_go(self, transport: str, count: int, at: Instant) -> None:
        hold_ns = int(self._settings.hold_s * SECOND)
        heard = [
            held
            for held in self._outfit.held
            if held.way.transport == transport and at.monotonic_ns - held.since.monotonic_ns >= hold_ns
        ]
        for held in sorted(heard, key=_patience)[:count]:
            held.link.close("made_room")

    def _seal(self, at: Instant) -> None:
        self._seal_ns = at.monotonic_ns
        self._recorder.seal()
        self._sealed = self._recorder.size

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        if isinstance(error, RecordingError) or not isinstance(error, Exception):
            self._fault = self._fault or error
        elif self._recorder.failure is None:
            # A mistake of ours ends one attempt or question, is sealed and told; else whoever finds it
            # could end the watch.
            self._recorder.note("net", {"event": "fault", "what": self._tally.fault(error)})

    # Counts

    def progress(self, at: Instant) -> Progress:
        """The counts now."""
        tally, held = self._tally, self._outfit.held
        return Progress(
            swarms=sum(1 for target in self._targets if not target.control),
            endpoints=tally.endpoints,
            open_links=len(held),
            peers_by_rung=self._rungs(),
            received_bytes=tally.past_bytes + sum(each.link.received_bytes for each in held),
            exhibits=self._recorder.size,
            left_s=max(0.0, (self._deadline_ns - at.monotonic_ns) / SECOND),
            by_source=dict(tally.by_source),
            open_by_transport=dict(self._outfit.open_by_transport()),
            waiting=len(self._agenda),
            checkpoint_size=self._sealed,
            checkpoint_age_s=(at.monotonic_ns - self._seal_ns) / SECOND,
            clock_error_s=at.error_s,
            controls=dict(tally.control_by_source),
            canaries=sum(1 for target in self._targets if target.canary_port),
            canaries_found=dict(tally.canaries_found),
        )

    def _rungs(self) -> dict[Rung, int]:
        """Of endpoints known, those with an open link at the rung that they have reached by now."""
        rungs = self._tally.by_rung.copy()
        for held in self._outfit.held:
            before = self._entry_top(held)
            if before is not None and held.top > before:
                rungs[before] -= 1
                rungs[held.top] += 1
        return {rung: n for rung, n in sorted(rungs.items()) if n > 0}

    def _entry_top(self, held: Held) -> Rung | None:
        torrent = held.link.dialogue.torrent
        if torrent is None:
            return None
        entry = self.host(torrent.info_hash.on_wire).roster.entry(held.entry)
        return None if entry is None else entry.top

    def summary(self, ended: str) -> Summary:
        """The counts of the whole watch."""
        tally = self._tally
        names = sorted({name for name, _ in tally.ways})
        ways = {n: (tally.ways[n, True] + tally.ways[n, False], tally.ways[n, True]) for n in names}
        return Summary(
            progress=self.progress(self._recorder.now()),
            dials=tally.dials,
            outcomes=tally.outcomes,
            announces=tally.announces,
            undialled=tally.undialled,
            oddities=tally.oddities,
            ended=ended,
            ways=ways,
            lookups=tally.lookups,
            scrapes=tally.scrapes,
            faults=tally.faults,
        )


def overfull(links: Iterable[Held]) -> list[Held]:
    """Those whose unfinished messages take most, as many as bring all together below the bound."""
    sizes = {held: held.link.dialogue.transcript.partial_bytes for held in links}
    beyond, leave = sum(sizes.values()) - MAX_UNFINISHED_BYTES, []
    while beyond > 0:
        worst = max(sizes, key=lambda held: sizes[held])
        beyond -= sizes.pop(worst)
        leave.append(worst)
    return leave


def _patience(held: Held) -> tuple[bool, int]:
    """Those who have everything, and so can tell nothing new, first; then by age."""
    return held.link.dialogue.transcript.claims.share != 1.0, held.since.monotonic_ns
