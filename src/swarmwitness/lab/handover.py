# SPDX-License-Identifier: Apache-2.0
"""What people do with the laboratory's case once it has run: a note, a hold, bundles, exports; each checked.

The export is not validated here: the validator is no part of the program, only of its tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.custody.erasing import erase
from swarmwitness.case.custody.holding import hold
from swarmwitness.case.custody.notes import note
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.handover import bundling, exporting
from swarmwitness.case.handover.bundletables import support_of
from swarmwitness.case.logs.verification import verify
from swarmwitness.evidence.bundle.layout import exhibit_path
from swarmwitness.evidence.time import Trust
from swarmwitness.lab.compare import Compared
from swarmwitness.lab.opinions import Known, accepted, refused
from swarmwitness.lab.vouching import key_of
from swarmwitness.terms import InputError

FINDING = "Q9-hidden-vs-corporate"
BUNDLE, OPENED, EXPORT, DRAFTS = "lab-bundle", "lab-bundle-opened", "lab-export.jsonld", "lab-drafts"
OPERATOR, WHY = "the laboratory", "demonstration"


@dataclass(frozen=True, slots=True)
class Handover:
    """One case to be handed over.

    Attributes:
        out: Where bundles and exports are put.
        run: The output folder of its run.
        work: A work that is put under legal hold.
        peers: Addresses that nothing but what is opened may tell.
        trust: Who is trusted about time.
        say: Told what is being done.
    """

    case: Path
    run: Path
    out: Path
    work: str
    peers: tuple[str, ...]
    trust: Trust | None
    say: Callable[[str], None]

    def perform(self) -> tuple[Compared, ...]:
        """Do all of it, in order, and compare.

        Raises:
            InputError: the run has no such finding, or nothing supports it.
            VerificationError: the case does not verify.
        """
        self.say("noting and holding")
        note(self.case, "the laboratory swarm has ended", by=OPERATOR)
        rows = [*self._held(), *self._bundled(), *self._exported()]
        self.say("verifying the case again")
        after = verify(self.case, trust=self.trust or Trust())
        found = f"{after.failures_total} failures"
        return *rows, Compared("the case verifies after these acts", "0 failures", found, after.ok)

    def _held(self) -> Iterator[Compared]:
        scope = Scope(works=(self.work,))
        held = sum(hold(self.case, scope, why=WHY, by=OPERATOR).exhibits.values())
        yield Compared("exhibits of one work under legal hold", "above 0", f"{held:,}", held > 0)
        try:
            erased = f"{erase(self.case, scope, why=WHY, by=OPERATOR).exhibits:,} exhibits erased"
        except InputError as error:
            erased = "refused" if "hold" in error.why else error.why
        yield Compared("erasing what is held", "refused", erased, erased == "refused")

    def _bundled(self) -> Iterator[Compared]:
        """A closed bundle of a finding, an opened one of one exhibit, and a copy with a changed byte."""
        known = Known(key_of(self.case / "evidence"), self.trust)
        self.say("bundling a finding")
        closed = self._bundle(BUNDLE, bundling.Asked(None, FINDING, self.run, by=OPERATOR))
        yield accepted(f"closed bundle of finding {FINDING}", closed.out, known)
        self.say("bundling an exhibit, opened")
        reference = next(ref for ref in support_of(self.run, FINDING) if ref.startswith("log:"))
        asked = bundling.Asked(Scope(exhibits=(reference,)), opened=True, why=WHY, by=OPERATOR)
        opened = self._bundle(OPENED, asked)
        yield accepted("opened bundle of one exhibit", opened.out, known)
        self.say("changing a byte of a copy")
        name = Path(exhibit_path(1, int(reference.rpartition("/")[2]), "exhibit")).name
        file = next(opened.out.glob(f"data/logs/*/exhibits/{name}")).relative_to(opened.out)
        yield refused("a copy of it with one bit of the exhibit changed", opened.out, file, known)

    def _bundle(self, name: str, asked: bundling.Asked) -> bundling.Bundled:
        return bundling.bundle(self.case, self.out / name, asked)

    def _exported(self) -> Iterator[Compared]:
        asked = exporting.Asked(self.run, OPERATOR, WHY)
        self.say("exporting")
        graph = exporting.export_case_uco(self.case, self.out / EXPORT, asked)
        nodes = len(json.loads(graph.out.read_bytes())["@graph"][0]["uco-core:object"])
        told = f"{nodes:,} objects: {graph.logs} logs, {graph.acts} acts, {graph.findings} findings"
        yield Compared("export as a CASE/UCO graph", "logs, acts, findings", told, bool(nodes and graph.acts))
        drafts = exporting.export_drafts(self.case, self.out / DRAFTS, asked)
        yield Compared("drafts of certificates", "above 0 files", f"{len(drafts.files)}", bool(drafts.files))
        places = [self.out / name for name in (BUNDLE, EXPORT, DRAFTS)]
        leaks = addresses_in(places, self.peers)
        claim = "addresses of peers in the closed bundle, the export and the drafts"
        yield Compared(claim, f"0 of {len(self.peers)}", ", ".join(leaks) or "0", not leaks)


def addresses_in(places: Iterable[Path], addresses: Iterable[str]) -> list[str]:
    """Which of these addresses stand in files, or in files below folders; as text."""
    asked = {
        each: re.compile(rb"(?<![0-9.])" + re.escape(each).encode() + rb"(?![0-9])") for each in addresses
    }
    found: set[str] = set()
    for place in places:
        for file in place.rglob("*") if place.is_dir() else (place,):
            if file.is_file():
                content = file.read_bytes()
                found.update(each for each, pattern in asked.items() if pattern.search(content))
    return sorted(found)
