# SPDX-License-Identifier: Apache-2.0
"""One act by a person: what, who, with which program, on what, why, with which result.

An act is an exhibit of kind `act`: one line of canonical JSON (sorted keys, no blanks, ASCII), so that
it has one spelling. When it was is the exhibit's instant. Acts are never encrypted and never erased;
so they hold pseudonyms, never addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from swarmwitness.evidence.exhibit import Direction, Exhibit
from swarmwitness.evidence.onejson import object_from
from swarmwitness.terms import Instant, MalformedMessage

KEYS = frozenset({"act", "who", "how", "on", "why", "result"})
MAX_ACT_BYTES = 8 * 1024 * 1024
"""An act that names every second of a million exhibits is about this long."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did.

    Attributes:
        name: What: `hold`, `erased`, `reveal`, …; a-z, 0-9, hyphen.
        who: Who, as they call themselves; not verified by anybody.
        how: The program, its version and the command.
        on: On what; plain JSON values.
        why: The stated reason; may be "".
        result: What came of it; plain JSON values.
    """

    name: str
    who: str
    how: str
    on: Mapping[str, object] = field(default_factory=dict)
    why: str = ""
    result: Mapping[str, object] = field(default_factory=dict)

    def to_wire(self) -> bytes:
        """Canonical JSON.

        Raises:
            ValueError: a name that no act has, or a value that JSON can't hold.
        """
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f"no name of an act: {self.name!r}")
        said = {"act": self.name, "who": self.who, "how": self.how, "why": self.why}
        wire = canonical({**said, "on": dict(self.on), "result": dict(self.result)})
        if len(wire) > MAX_ACT_BYTES:
            raise ValueError(f"an act has at most {MAX_ACT_BYTES} bytes, not {len(wire)}")
        return wire

    @classmethod
    def from_wire(cls, payload: bytes) -> Act:
        """Read the payload of an act by a person.

        Raises:
            MalformedMessage: anything but the one spelling of such an act.
        """
        said = from_canonical(payload)
        if said.keys() != KEYS:
            raise MalformedMessage("not the keys of an act by a person")
        name, who, how, why = (said[key] for key in ("act", "who", "how", "why"))
        on, result = said["on"], said["result"]
        texts = isinstance(name, str) and isinstance(who, str) and isinstance(how, str)
        if not (texts and isinstance(why, str) and isinstance(on, dict) and isinstance(result, dict)):
            raise MalformedMessage("a value of another type than an act has")
        if _NAME.fullmatch(str(name)) is None:
            raise MalformedMessage("no name of an act")
        return cls(str(name), str(who), str(how), on, why, result)

    def to_exhibit(self, at: Instant, vantage: str = "") -> Exhibit:
        """The act as it is recorded.

        Raises:
            ValueError: as `to_wire`.
        """
        return Exhibit("act", Direction.NONE, at, vantage, 0, None, None, self.to_wire())


def canonical(said: Mapping[str, object]) -> bytes:
    """The one spelling of a JSON object: sorted keys, no blanks, ASCII, no number that is none.

    Raises:
        ValueError: it can't be spelled.
    """
    try:
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"no JSON object: {error}") from None
    return text.encode("ascii")


def from_canonical(payload: bytes) -> dict[str, object]:
    """A JSON object from its one spelling.

    Raises:
        MalformedMessage: no JSON object, another spelling of one, or longer than `MAX_ACT_BYTES`.
    """
    if len(payload) > MAX_ACT_BYTES:
        raise MalformedMessage(f"longer than {MAX_ACT_BYTES} bytes")
    return object_from(payload)
