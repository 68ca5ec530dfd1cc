# SPDX-License-Identifier: Apache-2.0
"""Whether what custody/ asks for was kept: nothing erased that was held, results as a run wrote them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from swarmwitness.case.files import shown
from swarmwitness.case.logs.stated import StatedVantage
from swarmwitness.case.logs.verdict import with_check, with_failures, with_warnings
from swarmwitness.evidence import VerificationError, VerifyReport
from swarmwitness.evidence.custody import BrokenHold, broken_holds, holds_of
from swarmwitness.evidence.custody.scan import acts_in
from swarmwitness.evidence.erasure import announced
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.layout import SEGMENTS
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.verdict import Check, Failure
from swarmwitness.terms import MalformedMessage

HOLD_CHECK, RESULTS_CHECK = 12, 13
_HOLD_TITLE = "nothing was erased that a legal hold froze"
_RESULTS_TITLE = "the results are those that the last run wrote"
_HOLDS = (b'{"act":"hold",', b'{"act":"release",')
_REPORT = "report.html"
_RANGES_SHOWN = 200
Payloads = list[tuple[int, bytes]]


class Holds:
    """The holds of a case, as its custody log tells them.

    Attributes:
        malformed: Why they can't be read; empty if they can.
    """

    def __init__(self, custody: Path | None) -> None:
        self.malformed = ""
        self._known = custody is not None
        self._acts: Payloads = []
        self._count = 0
        try:
            self._acts = _hold_acts(custody) if custody is not None else []
            self._count = len(holds_of(self._acts))
        except (MalformedMessage, VerificationError, OSError) as error:
            self.malformed = str(error)

    def judge(self, directory: Path, report: VerifyReport) -> VerifyReport:
        """The report of a log of observations, with check 12."""
        if self.malformed or not report.ok:
            return with_check(report, Check(HOLD_CHECK, _HOLD_TITLE, False, "not asked"))
        if not self._known:
            return with_check(report, Check(HOLD_CHECK, _HOLD_TITLE, True, "no custody log tells of holds"))
        detail = "no hold was laid" if not self._count else f"{self._count} holds in custody/"
        report = with_check(report, Check(HOLD_CHECK, _HOLD_TITLE, True, detail))
        if not self._count:
            return report
        broken = broken_holds(self._acts, report.origin, announced(directory))
        return with_failures(report, HOLD_CHECK, tuple(map(_failure, broken)))

    def dropped(self, vantages: Iterable[StatedVantage]) -> Iterator[Failure]:
        """Vantages' logs that were dropped although a hold froze exhibits of theirs."""
        for hold in () if self.malformed else holds_of(self._acts):
            for each in vantages:
                if frozen := hold.covers(each.origin, each.size):
                    detail = (
                        f"exhibit {each.index} of custody/ dropped it; {hold.id} froze {_text(frozen)} of it"
                    )
                    yield Failure(Reason.ERASED_UNDER_HOLD, f"vantages/{shown(each.folder)}", None, detail)


def _hold_acts(custody: Path) -> Payloads:
    return [(index, e.payload) for index, e in acts_in(custody) if e.payload.startswith(_HOLDS)]


def _failure(broken: BrokenHold) -> Failure:
    text = _text(broken.ranges)
    detail = f"exhibit {broken.act} announced the erasure of {text}, which the hold {broken.hold} froze"
    return Failure(Reason.ERASED_UNDER_HOLD, SEGMENTS, next(iter(broken.ranges)), detail)


def _text(ranges: Ranges) -> str:
    text = ranges.to_text()
    return text if len(text) <= _RANGES_SHOWN else f"{text[:_RANGES_SHOWN]}…"


def judge_results(run_dir: Path, report: VerifyReport) -> VerifyReport:
    """The report of a run's custody log, with check 13: the files beside it have the hashes it states.

    report.html is only warned about: `swarmwitness report` writes it anew from report.json.
    """
    if not report.ok:
        return with_check(report, Check(RESULTS_CHECK, _RESULTS_TITLE, False, "not asked"))
    stated = _outputs(run_dir / "custody")
    detail = f"{len(stated)} files" if stated else "no run that was completed is recorded"
    report = with_check(report, Check(RESULTS_CHECK, _RESULTS_TITLE, True, detail))
    failures = tuple(_differing(run_dir, stated))
    changed = [f for f in failures if f.file == f"../{_REPORT}" and f.reason is Reason.MANIFEST_DIFFERS]
    report = with_failures(report, RESULTS_CHECK, tuple(f for f in failures if f not in changed))
    return with_warnings(report, *(f"{_REPORT} is not the page that the run wrote" for _ in changed))


def _outputs(custody: Path) -> dict[str, str]:
    """SHA-256 by name, as the last act `run-end` states them."""
    stated: dict[str, str] = {}
    for _, exhibit in acts_in(custody):
        try:
            said = json.loads(exhibit.payload)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and said.get("act") == "run-end":
            stated = dict(_named(said))
    return stated


def _named(said: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    result = said.get("result")
    files = said.get("outputs") or (result.get("outputs") if isinstance(result, dict) else None)
    for file in files if isinstance(files, list) else []:
        if isinstance(file, dict) and isinstance(file.get("file"), str):
            name = Path(str(file["file"])).name  # a name in the run's folder, wherever an act says it lies
            yield name, str(file.get("sha256", ""))


def _differing(run_dir: Path, stated: Mapping[str, str]) -> Iterator[Failure]:
    for name, sha256 in sorted(stated.items()):
        file = run_dir / name
        if file.is_symlink() or not file.is_file():
            yield Failure(Reason.MISSING_FILE, f"../{shown(name)}", None, "the run wrote it")
            continue
        with file.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                yield Failure(Reason.MANIFEST_DIFFERS, f"../{shown(name)}", None, "not as the run wrote it")
