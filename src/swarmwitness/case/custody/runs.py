# SPDX-License-Identifier: Apache-2.0
"""DIR/custody/: the run's own acts, sealed: what was asked, on what, with which result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.config import CaseConfig
from swarmwitness.case.create import sealed_file
from swarmwitness.case.custody.acts import act_of, actor, how, open_log
from swarmwitness.case.pseudonyms import Pseudonyms, pseudonyms_of_run
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.vantage import Clock, Entropy


class Custody:
    """The log of one output folder; each run appends to it.

    Args:
        directory: DIR/custody.
        case_dir: Whose run it is.
        by: Who acts, see `acts.actor`.

    Raises:
        InputError: another run is at work there, or its key is elsewhere.
    """

    def __init__(self, directory: Path, case_dir: Path, config: CaseConfig, by: str | None = None) -> None:
        self._clock, self._who, self._config = Clock(), actor(by), config
        self._pseudonyms: Pseudonyms = pseudonyms_of_run(case_dir, config)[0]
        if directory.exists():
            self._log = open_log(directory, read_checkpoint(directory).origin)
        else:
            entropy, at = Entropy(), self._clock.read()
            origin = home.new_origin(f"{config.name} run", entropy)
            key = home.signing_key(origin, make=True)
            self._log = EvidenceLog.create(directory, origin=origin, key=key, salt=entropy.draw, at=at)
        self._directory = directory
        self._ended = False

    def begin(self, inputs: Mapping[str, str], settings: Mapping[str, object]) -> None:
        """Seal case.toml and the hashes of all inputs before anything is counted."""
        self._record("run-start", on={"inputs": dict(inputs), **settings})
        self._log.record(_file_exhibit("case-toml", self._config.raw, self._clock))
        self._log.seal(self._clock.read())

    def end(self, outputs: list[Path]) -> None:
        """Record the hashes of what was written."""
        self._record("run-end", result={"outputs": [sealed_file(file) for file in outputs]})
        self._ended = True

    def _record(
        self, name: str, on: Mapping[str, object] | None = None, result: Mapping[str, object] | None = None
    ) -> None:
        """An act with pseudonyms in the place of addresses, which names of files can hold."""
        said = Act(name, self._who, how("run"), on or {}, "", result or {})
        self._log.record(act_of(self._pseudonyms, said).to_exhibit(self._clock.read()))

    def __enter__(self) -> Custody:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Seal and keep the checkpoint apart; a run that failed leaves its trace too."""
        if not self._ended:
            why = "interrupted" if kind is None else kind.__name__
            self._record("run-failed", result={"why": why})
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
