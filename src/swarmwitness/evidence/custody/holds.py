# SPDX-License-Identifier: Apache-2.0
"""Legal holds: which exhibits must not be erased, from the acts `hold` and `release` of a custody log.

Theory of operation: no clock decides whether a hold was in force, only positions. A hold states, for
each log, the log's durable size when the hold was laid, and the exhibits that it freezes; a release
states the sizes when it ended. An erasure announced by exhibit e of a log happened under the hold if
size at the hold <= e < size at the release. Both logs are append-only, so nobody can move an act;
what the holder of the custody log's key can do is state a false size, which is why software takes it
from the log itself and a release can't state less than its hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from swarmwitness.evidence.custody.act import Act
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import MalformedMessage

HOLD, RELEASE = "hold", "release"
NOTHING = Ranges.of(())
_MARKS = tuple(f'{{"act":"{name}"'.encode() for name in (HOLD, RELEASE))
_MOST_LOGS = 10_000


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold says of one log.

    Attributes:
        size: Durable exhibits of the log then: under its checkpoint, or signed for by its marker.
        ranges: The exhibits that must not be erased.
    """

    size: int
    ranges: Ranges

    def to_json(self) -> dict[str, object]:
        """As acts spell it."""
        return {"size": self.size, "ranges": self.ranges.to_text()}


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold, released or not.

    Attributes:
        id: Its name, by which it is released.
        index: The act's index in the custody log.
        scope: What it freezes, in words.
        logs: By origin.
        released: Sizes by origin when it ended; None = in force. A log that did not exist then is 0.
        why: The stated reason.
    """

    id: str
    index: int
    scope: str
    logs: Mapping[str, Held]
    released: Mapping[str, int] | None = None
    why: str = field(default="", compare=False)

    def covers(self, origin: str, at_index: int) -> Ranges:
        """The exhibits of this log that an act with that index must not erase."""
        held = self.logs.get(origin)
        if held is None or at_index < held.size:
            return NOTHING
        if self.released is not None and at_index >= self.released.get(origin, 0):
            return NOTHING
        return held.ranges


@dataclass(frozen=True, slots=True)
class BrokenHold:
    """Something was erased that was held.

    Attributes:
        hold: The hold's id.
        act: Index, in the log, of the act that announced the erasure.
        ranges: What was held and erased.
    """

    hold: str
    act: int
    ranges: Ranges


def holds_of(acts: Iterable[tuple[int, bytes]]) -> tuple[Hold, ...]:
    """Every hold that a custody log tells of, in order.

    Args:
        acts: (index, payload) of the exhibits of kind `act`, ascending.

    Raises:
        MalformedMessage: an act `hold` or `release` that is not spelled as such, that states less
            than it can, or a release of nothing: a hold must not be passed over because it reads ill.
    """
    held: dict[str, Hold] = {}
    for index, payload in acts:
        if payload.startswith(_MARKS):
            act = Act.from_wire(payload)
            if act.name == HOLD:
                _lay(held, index, act)
            elif act.name == RELEASE:
                _lift(held, act)
    return tuple(held.values())


def in_force(acts: Iterable[tuple[int, bytes]], origin: str, at_index: int) -> Ranges:
    """The exhibits of a log that an act with that index must not erase, under all holds together.

    Raises:
        MalformedMessage: as `holds_of`.
    """
    frozen = NOTHING
    for hold in holds_of(acts):
        frozen |= hold.covers(origin, at_index)
    return frozen


def broken_holds(
    custody_acts: Iterable[tuple[int, bytes]], origin: str, erasures: Sequence[tuple[int, Ranges]]
) -> list[BrokenHold]:
    """Which holds an erasure broke; [] = every hold was kept.

    Args:
        custody_acts: (index, payload) of the custody log's acts, ascending.
        origin: The log that was erased in.
        erasures: (index of the act, what it announced), as `evidence.erasure.announced` gives them.

    Raises:
        MalformedMessage: as `holds_of`.
    """
    broken = []
    for hold in holds_of(custody_acts):
        for at_index, ranges in erasures:
            if both := hold.covers(origin, at_index) & ranges:
                broken.append(BrokenHold(hold.id, at_index, both))
    return broken


def _lay(held: dict[str, Hold], index: int, act: Act) -> None:
    name, scope, logs = _told(act)
    if name in held:
        raise MalformedMessage(f"two holds are called {name}")
    held[name] = Hold(name, index, scope, logs, why=act.why)


def _lift(held: dict[str, Hold], act: Act) -> None:
    name, _, logs = _told(act)
    hold = held.get(name)
    if hold is None or hold.released is not None:
        raise MalformedMessage(f"a release of {name}, which is not in force")
    sizes = {origin: each.size for origin, each in logs.items()}
    if any(sizes.get(origin, 0) < each.size for origin, each in hold.logs.items()):
        raise MalformedMessage(f"the release of {name} states a log shorter than the hold did")
    held[name] = Hold(hold.id, hold.index, hold.scope, hold.logs, sizes, hold.why)


def _told(act: Act) -> tuple[str, str, dict[str, Held]]:
    name, scope, logs = (act.on.get(key) for key in ("hold", "scope", "logs"))
    if not (isinstance(name, str) and isinstance(scope, str) and isinstance(logs, dict)):
        raise MalformedMessage("a hold says which, over what, in which logs")
    if len(logs) > _MOST_LOGS:
        raise MalformedMessage(f"a hold of more than {_MOST_LOGS} logs")
    return name, scope, {str(origin): _held(each) for origin, each in logs.items()}


def _held(said: object) -> Held:
    if not isinstance(said, dict) or said.keys() != {"size", "ranges"}:
        raise MalformedMessage("a hold says size and ranges of each log")
    size, ranges = said["size"], said["ranges"]
    if type(size) is not int or size < 0 or not isinstance(ranges, str):
        raise MalformedMessage("a hold's size is a number and its ranges are a text")
    return Held(size, Ranges.from_text(ranges))
