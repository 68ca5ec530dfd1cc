# SPDX-License-Identifier: Apache-2.0
"""DIR/custody/: the run's own acts, sealed: what was asked, on what, with which result."""

from __future__ import annotations

from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.config import CaseConfig
from swarmwitness.case.create import act, sealed_file
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.vantage import Clock, Entropy


class Custody:
    """The log of one output folder; each run appends to it."""

    def __init__(self, directory: Path, case_name: str) -> None:
        self._clock, entropy = Clock(), Entropy()
        if directory.exists():
            origin = read_checkpoint(directory).origin
            key = home.signing_key(origin, make=False)
            self._log = EvidenceLog.open(directory, key=key, salt=entropy.draw)
        else:
            origin = home.new_origin(f"{case_name} run", entropy)
            key = home.signing_key(origin, make=True)
            at = self._clock.read()
            self._log = EvidenceLog.create(directory, origin=origin, key=key, salt=entropy.draw, at=at)
        self._directory = directory
        self._ended = False

    def begin(self, config: CaseConfig, inputs: dict[str, str], settings: dict[str, object]) -> None:
        """Seal case.toml and the hashes of all inputs before anything is counted."""
        self._log.record(act({"act": "run-start", "inputs": inputs, **settings}, self._clock))
        self._log.record(_file_exhibit("case-toml", config.raw, self._clock))
        self._log.seal(self._clock.read())

    def end(self, outputs: list[Path]) -> None:
        """Record the hashes of what was written."""
        files = [sealed_file(file) for file in outputs]
        self._log.record(act({"act": "run-end", "outputs": files}, self._clock))
        self._ended = True

    def __enter__(self) -> Custody:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Seal and keep the checkpoint apart; a run that failed leaves its trace too."""
        if not self._ended:
            why = "interrupted" if kind is None else kind.__name__
            self._log.record(act({"act": "run-failed", "why": why}, self._clock))
        self._log.seal(self._clock.read())
        origin = self._log.origin
        self._log.close()
        home.keep_checkpoint(origin, self._directory)


def _file_exhibit(kind: str, content: bytes, clock: Clock) -> Exhibit:
    return Exhibit(
        kind=kind,
        direction=Direction.NONE,
        at=clock.read(),
        vantage="",
        connection=0,
        local=None,
        remote=None,
        payload=content,
    )
