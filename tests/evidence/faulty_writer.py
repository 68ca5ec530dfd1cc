# SPDX-License-Identifier: Apache-2.0
"""A small writer that the fault sweep runs as a child: every kind of step, bytes that repeat, and no clock.

    python -I -S faulty_writer.py SEARCH_PATH FOLDER SCENARIO

It says on standard output, a JSON line at a time, what it may rely on: that the log was created, how many
exhibits are durable, what was sealed, what was erased. What it has not said, nobody was promised.
Exit status: 0 = done, 3 = it met an error that a program can meet and said so.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from hashlib import shake_256
from itertools import count
from pathlib import Path

sys.path[:0] = sys.argv[1].split(os.pathsep)

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerificationError  # noqa: E402
from swarmwitness.evidence.log import LogBrokenError  # noqa: E402
from swarmwitness.evidence.ranges import Ranges  # noqa: E402
from swarmwitness.terms import Instant  # noqa: E402

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CONTENT_KEY = bytes(range(64, 96))
SEGMENT_BYTES = 9000
ERASED = Ranges.from_text("2-4,40,70-90")


def say(**words: object) -> None:
    """One line to whoever watches, at once."""
    os.write(1, json.dumps(words).encode() + b"\n")


class Writer:
    """What the writer did so far, over several openings of the log."""

    def __init__(self, folder: Path, content_key: bytes | None) -> None:
        self.folder, self.key, self.log = folder, content_key, None
        self._ticks, self._drawn, self._own = count(1), count(1), 0

    def salt(self, size: int) -> bytes:
        return shake_256(b"%d" % next(self._drawn)).digest(size)

    def now(self) -> Instant:
        return Instant(10**18 + next(self._ticks))

    def create(self) -> None:
        self.log = EvidenceLog.create(
            self.folder, origin="example.org/log", key=KEY, salt=self.salt, at=self.now(),
            segment_bytes=SEGMENT_BYTES, content_key=self.key,
        )  # fmt: skip
        say(created=True)

    def open(self) -> None:
        self.log = EvidenceLog.open(self.folder, key=KEY, salt=self.salt, content_key=self.key)

    def record(self, number: int) -> None:
        for _ in range(number):
            payload = b"own exhibit %d" % self._own
            self.log.record(Exhibit("tcp", Direction.IN, self.now(), "vantage", 1, None, None, payload))
            self._own += 1

    def flush(self) -> None:
        self.log.flush()
        say(durable=self.log.durable, own=self._own)

    def seal(self) -> None:
        checkpoint = self.log.seal(self.now())
        say(sealed=checkpoint.to_wire().decode(), durable=self.log.durable, own=self._own)

    def close(self) -> None:
        self.log.close()
        say(own=self._own)

    def erase(self) -> None:
        said = {"act": "erased", "how": "test", "on": {"ranges": ERASED.to_text()}, "why": "retention"}
        payload = json.dumps(said | {"who": "custodian", "result": {}}, sort_keys=True, separators=(",", ":"))
        act = Exhibit("act", Direction.NONE, self.now(), "vantage", 0, None, None, payload.encode())
        say(erasing=ERASED.to_text())
        self.log.erase(ERASED, act)
        say(erased=ERASED.to_text())


def long(writer: Writer) -> Iterator[Callable[[], None]]:
    """All there is: over the edge of a tile, over segments, several openings, two seals, an erasure."""
    yield writer.create
    yield lambda: writer.record(5)
    yield writer.flush
    yield lambda: writer.record(4)
    yield writer.seal
    yield lambda: writer.record(60)
    yield writer.flush
    yield lambda: writer.record(30)
    yield writer.close
    yield writer.open
    yield lambda: writer.record(170)
    yield writer.seal
    yield writer.erase
    yield lambda: writer.record(3)
    yield writer.close
    yield writer.open
    yield lambda: writer.record(2)
    yield writer.seal
    yield writer.close


def wide(writer: Writer) -> Iterator[Callable[[], None]]:
    """A seal of so many tiles that they are fsynced side by side."""
    yield writer.create
    yield lambda: writer.record(2400)
    yield writer.seal
    yield writer.close


def main() -> int:
    """Run the scenario up to its end, or to an error that a writer can meet."""
    folder, scenario = Path(sys.argv[2]), sys.argv[3]
    writer = Writer(folder, CONTENT_KEY if scenario == "encrypted" else None)
    try:
        for step in wide(writer) if scenario == "wide" else long(writer):
            step()
    except (OSError, LogBrokenError, VerificationError) as error:
        say(failed=f"{type(error).__name__}: {error}")
        if writer.log is not None:
            try:
                writer.log.close()
            except OSError as again:
                say(failed=f"{type(again).__name__}: {again}")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
