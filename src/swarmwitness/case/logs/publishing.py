# SPDX-License-Identifier: Apache-2.0
"""Publishing a case's own logs: a time authority and witnesses are asked about their checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.config import TimeConfig, read_config
from swarmwitness.case.custody import acts
from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.evidence.time import WitnessKey
from swarmwitness.terms import InputError, MalformedMessage
from swarmwitness.vantage import Clock, Entropy
from swarmwitness.vantage.loop import run as run_loop
from swarmwitness.vantage.publish import Publisher
from swarmwitness.vantage.vouchers import Published, Vouchers

INTERRUPTED = "interrupted before they had answered"
OWN_LOGS = ("evidence", "custody")


@dataclass(frozen=True, slots=True)
class _LogPlace:
    """A log that nobody else is writing to."""

    log: EvidenceLog
    directory: Path
    clock: Clock

    def record(self, kind: str, payload: bytes) -> None:
        """Record an exhibit without a connection."""
        at, origin = self.clock.read(), self.log.origin
        self.log.record(Exhibit(kind, Direction.NONE, at, origin, 0, None, None, payload))

    def seal(self) -> Checkpoint:
        """Seal everything recorded."""
        return self.log.seal(self.clock.read())


def vouchers_of(time: TimeConfig) -> Vouchers:
    """Whom the case asks.

    Raises:
        InputError: a witness is not named as `URL VKEY`.
    """
    witnesses = []
    for text in time.witnesses:
        url, _, key = text.strip().partition(" ")
        try:
            witnesses.append((url, WitnessKey.from_text(key.strip())))
        except MalformedMessage as error:
            why = f"a witness is written as its URL, a blank and its key: {error.why}"
            raise InputError(why, file="case.toml", field="time.witnesses") from None
    return Vouchers(time.authority, time.certificate, tuple(witnesses))


def publish(log: EvidenceLog, directory: Path, time: TimeConfig, clock: Clock, entropy: Entropy) -> Published:
    """Seal a log, ask the authority and the witnesses, record what they say, and seal again.

    Keeping the last checkpoint apart is the caller's part. An event loop must not be running.

    Raises:
        InputError: a witness is not named as `URL VKEY`.
    """
    place = _LogPlace(log, directory, clock)
    publisher = Publisher(place, vouchers_of(time), entropy.draw)
    published = run_loop(publisher.publish)
    if published is None:
        checkpoint = read_checkpoint(directory)
        return Published(checkpoint.origin, checkpoint.size, None, False, (), (INTERRUPTED,))
    return published


def publish_case(case_dir: Path) -> list[Published]:
    """Publish the case's own logs, those that exist; other vantages publish theirs where they are made.

    Raises:
        InputError: case.toml names nobody to ask, the case has no log of its own, another process is writing
            to one, or its key is elsewhere.
        VerificationError: a log is not what its last writer left.
    """
    folder, config = CaseFolder.at(case_dir), read_config(case_dir)
    if not config.time.authority and not config.time.witnesses:
        raise InputError("[time] names neither an authority nor a witness", file=str(case_dir / "case.toml"))
    found = [folder.root / name for name in OWN_LOGS if (folder.root / name).is_dir()]
    if not found:
        raise InputError("has no log; `swarmwitness init` begins them", file=str(case_dir))
    return [_publish_one(directory, config.time) for directory in found]


def _publish_one(directory: Path, time: TimeConfig) -> Published:
    origin = read_checkpoint(directory).origin
    with acts.open_log(directory, origin) as log:
        published = publish(log, directory, time, Clock(), Entropy())
    home.keep_checkpoint(origin, directory)
    return published
