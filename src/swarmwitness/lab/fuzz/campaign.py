# SPDX-License-Identifier: Apache-2.0
"""Running targets over many inputs: what may not happen is a fault, and a fault can be made again.

`python -m swarmwitness.lab.fuzz --corpus tests/corpus --inputs 1000000 [--target NAME] [--progress FILE]`
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.lab.fuzz.corpus import read_corpus
from swarmwitness.lab.fuzz.mutation import Mutator
from swarmwitness.lab.fuzz.targets import Target
from swarmwitness.terms import MalformedMessage

MAX_CPU_S = 0.5
"""Of processor time for one input of at most 4 KiB."""
PORTION = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """What a target did that it may not.

    Attributes:
        number: Of the input; with the campaign's seed and the target it makes the input again.
    """

    target: str
    number: int
    why: str
    input: bytes

    def __str__(self) -> str:
        return f"{self.target} {self.number}: {self.why}; input {self.input.hex()}"


@dataclass(slots=True)
class Campaign:
    """Targets over inputs; goes on where `progress` says that it was stopped.

    Attributes:
        seed: Another seed makes other inputs.
        progress: A file of {target: inputs done}; None keeps none.
    """

    targets: Sequence[Target]
    corpus: Path
    seed: int = 0
    progress: Path | None = None
    done: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def run(self, inputs: int, on_portion: Callable[[str, int], None] | None = None) -> Iterator[Fault]:
        """Every target over `inputs` inputs each; yields the faults as they are found."""
        self._resume()
        for target in self.targets:
            mutator = Mutator(target.name, read_corpus(self.corpus, target.name), self.seed)
            while (first := self.done.get(target.name, 0)) < inputs:
                last = min(first + PORTION, inputs)
                yield from self._portion(target, mutator, range(first, last))
                self.done[target.name] = last
                self._keep()
                if on_portion is not None:
                    on_portion(target.name, last)

    def one(self, target: Target, number: int) -> Fault | None:
        """Make one input again and run it."""
        mutator = Mutator(target.name, read_corpus(self.corpus, target.name), self.seed)
        return self._try(target, mutator, number)

    def _portion(self, target: Target, mutator: Mutator, numbers: range) -> Iterator[Fault]:
        for number in numbers:
            fault = self._try(target, mutator, number)
            if fault is not None:
                yield fault

    def _try(self, target: Target, mutator: Mutator, number: int) -> Fault | None:
        data = mutator.input(number)
        begun = time.thread_time()
        try:
            target.run(data, mutator.draws(number))
        except MalformedMessage as error:
            if not target.may_refuse:
                return Fault(target.name, number, f"refused: {error}", data)
            self.refused[target.name] = self.refused.get(target.name, 0) + 1
        except Exception as error:  # noqa: BLE001  # every other exception is what is looked for
            return Fault(target.name, number, f"{type(error).__name__}: {error}", data)
        spent_s = time.thread_time() - begun
        if spent_s > MAX_CPU_S:
            return Fault(target.name, number, f"took {spent_s:.2f} s", data)
        return None

    def _resume(self) -> None:
        if self.progress is not None and self.progress.is_file():
            self.done |= json.loads(self.progress.read_text(encoding="utf-8"))

    def _keep(self) -> None:
        if self.progress is not None:
            self.progress.write_text(json.dumps(self.done, indent=1, sort_keys=True), encoding="utf-8")
