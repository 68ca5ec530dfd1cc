# SPDX-License-Identifier: Apache-2.0
"""`bundle`: hand chosen exhibits of a case to somebody, with proofs and nothing more.

Theory of operation: the case is verified first; what fails is not handed on. Then the act `bundle`, with the
filter, is sealed; so the bundle itself holds the act that made it. Then the bundle is written, and
the act `bundle-made` tells its hash. Closed bundles hold commitments and pseudonyms. An opened one discloses
raw exhibits, addresses among them; that is a reveal, and needs what a reveal needs.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from swarmwitness import __version__
from swarmwitness.case import home
from swarmwitness.case.custody.acts import CaseActs, reason
from swarmwitness.case.custody.clauses import reference
from swarmwitness.case.custody.history import read_acts
from swarmwitness.case.custody.revealing import allowed
from swarmwitness.case.custody.scope import Scope, select
from swarmwitness.case.files import shown
from swarmwitness.case.folder import CaseFolder, CaseLog
from swarmwitness.case.handover.bundletables import custody_csv, results, rows_csv, support_of
from swarmwitness.case.handover.exporting import drafts
from swarmwitness.case.handover.foreignrows import FILE as FOREIGN
from swarmwitness.case.handover.foreignrows import ForeignRows, foreign_rows
from swarmwitness.case.logs.verification import verify
from swarmwitness.case.pseudonyms import Pseudonyms
from swarmwitness.evidence.bundle import Cover, LogExcerpt, write_bundle
from swarmwitness.evidence.bundle.layout import MOST_EXHIBITS
from swarmwitness.evidence.bundle.write import Made
from swarmwitness.evidence.custody.scan import acts_in
from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError

OnStage = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be bundled, for whom it is recorded.

    Attributes:
        scope: The filter; None with a finding.
        finding: Id of a finding of `run`, whose exhibits are meant.
        run: Output folder of a run whose results go into the bundle.
        opened: Disclose the chosen exhibits themselves.
        why: The reason; needed where they are disclosed.
        by: Who bundles.
    """

    scope: Scope | None
    finding: str = ""
    run: Path | None = None
    opened: bool = False
    why: str = ""
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle that was made.

    Attributes:
        act: Reference of the act that tells its hash.
        exhibits, opened: How many are in it, how many of them disclosed.
        notes: What the maker should know.
    """

    out: Path
    act: str
    filter: str
    manifest_sha256: str
    files: int
    payload_bytes: int
    exhibits: int
    opened: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**plain, "out": str(self.out), "notes": list(self.notes)}


def bundle(case_dir: Path, out: Path, asked: Asked, on_stage: OnStage = lambda name: None) -> Bundled:
    """Write a bundle, and record that.

    Raises:
        InputError: an option is unfit, nothing or too much is meant, a reason or an authority is missing.
        VerificationError: the case's evidence fails; nothing is bundled.
    """
    CaseFolder.at(case_dir).check_new(out)
    why = reason(asked.why) if asked.opened else asked.why
    folder = CaseFolder.at(case_dir)
    on_stage("verifying")
    verify(case_dir).raise_for_failure()
    with ExitStack() as stack:
        for log in folder.logs:
            if log.observes:
                stack.enter_context(_undisturbed(log))
        acts = stack.enter_context(CaseActs(case_dir, "bundle", asked.by))
        if asked.opened:
            allowed(acts.config, acts.clock.read(), case_dir)
        on_stage("choosing")
        meant = _meant(case_dir, acts, asked)
        on = {"filter": meant.filter, "opened": asked.opened, "out": shown(out.name)}
        acts.record("bundle", on=on, why=why)
        acts.seal()
        on_stage("writing")
        made = _write(folder, acts, asked, meant, out)
        counts = _counts(made)
        result = {"manifest_sha256": made.manifest_sha256, "files": made.files, **counts}
        index = acts.record("bundle-made", on=on, why=why, result=result)
    act = f"log:{acts.origin}/{index}"
    notes = tuple(meant.notes)
    return Bundled(out, act, meant.filter, *_sums(made), counts["exhibits"], counts["opened"], notes)


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is to be in: the filter in a line and in fields, exhibits by origin, rows of foreign tables."""

    filter: str
    fields: Mapping[str, object]
    chosen: Mapping[str, Ranges]
    foreign: ForeignRows
    notes: list[str]


@contextmanager
def _undisturbed(log: CaseLog) -> Iterator[None]:
    """Keep writers out of a log while it is read; an observer at work keeps us out."""
    handle = os.open(log.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        why = "a writer is at work on it; bundle when it has ended"
        raise InputError(why, file=str(log.path)) from None
    try:
        yield
    finally:
        os.close(handle)


def _meant(case_dir: Path, acts: CaseActs, asked: Asked) -> _Meant:
    ours, theirs = _of_finding(asked) if asked.finding else (asked.scope, asked.scope)
    if ours is None and theirs is None:
        raise InputError("say what is meant, or --everything", field="scope")
    chosen, foreign = dict[str, Ranges](), ForeignRows()
    if ours is not None:
        # A conversation with a hole misleads; single exhibits are given to whoever asks for just those.
        whole = bool(asked.finding) or not (ours.names_exhibits_alone or ours.is_everything)
        chosen = select(case_dir, acts.config, ours, whole_connections=whole)
    gone = _erased_since(case_dir, acts, asked, ours, chosen)
    if theirs is not None:
        foreign = foreign_rows(CaseFolder.at(case_dir), acts.config, theirs, acts.pseudonyms)
    _check_number(sum(len(ranges) for ranges in chosen.values()), foreign.count)
    text = f"finding {asked.finding}" if asked.finding else asked.scope.to_text() if asked.scope else ""
    fields = {"scope": text, "foreign_rows": foreign.count}
    if asked.finding:
        fields["finding"] = asked.finding
    said = f"{foreign.count:,} rows of foreign tables are in {FOREIGN}; they are no sealed exhibits"
    notes = [said] if foreign.count else []
    if gone:
        notes.append(f"{gone:,} exhibits that the finding cites were erased since; their proofs are in")
    return _Meant(text, fields, chosen, foreign, notes)


def _erased_since(
    case_dir: Path, acts: CaseActs, asked: Asked, ours: Scope | None, chosen: dict[str, Ranges]
) -> int:
    """Choose also what a finding cites and was erased after the run: a gap must show. How many these are."""
    if ours is None or not asked.finding:
        return 0
    gone = 0
    for origin, cited in select(case_dir, acts.config, ours, whole_connections=False).items():
        there = chosen.get(origin, Ranges())
        gone += len(cited - there)
        chosen[origin] = there | cited
    return gone


def _of_finding(asked: Asked) -> tuple[Scope | None, Scope | None]:
    """What a finding cites: our own exhibits, and rows of foreign tables."""
    if asked.run is None or asked.scope is not None:
        raise InputError("goes with --run and with no other filter", field="--finding")
    cited = sorted(set(support_of(asked.run, asked.finding)))
    parts = [_spans([ref for ref in cited if ref.startswith(kind)]) for kind in ("log:", "file:")]
    ours, theirs = (Scope(exhibits=part) if part else None for part in parts)
    if ours is None and theirs is None:
        why = f"{asked.finding} cites no exhibit of this case; counts do, such as Q1-counts"
        raise InputError(why, field="--finding")
    return ours, theirs


def _check_number(exhibits: int, rows: int) -> None:
    if exhibits + rows == 0:
        raise InputError("means no exhibit and no row of this case", field="scope")
    if exhibits > MOST_EXHIBITS:
        why = f"means {exhibits:,} exhibits; a bundle holds {MOST_EXHIBITS:,}: narrow the filter"
        raise InputError(why, field="scope")


def _spans(references: list[str]) -> tuple[str, ...]:
    """References to single exhibits or rows, as spans; a finding may rest on very many."""
    found: dict[str, list[int]] = {}
    for text in references:
        source, low, _ = reference(text)
        found.setdefault(source, []).append(low)
    return tuple(
        f"{source}{'#' if source.startswith('file:') else '/'}{low}"
        + (f"-{high - 1}" if high - low > 1 else "")
        for source, indices in sorted(found.items())
        for low, high in Ranges.of(indices).intervals
    )


def _write(folder: CaseFolder, acts: CaseActs, asked: Asked, meant: _Meant, out: Path) -> Made:
    logs = [_Part.of(log, meant, acts.pseudonyms) for log in folder.logs]
    logs = [part for part in logs if part.chosen or not part.log.observes]
    withheld = sum(len(part.withheld) for part in logs)
    if withheld:
        meant.notes.append(f"{withheld} acts hold what reads as an address, and stay closed")
    excerpts = [
        LogExcerpt(
            part.log.name,
            part.log.path,
            part.chosen,
            part.chosen if asked.opened else Ranges(),
            home.content_key(part.origin, make=False),
            part.withheld,
        )
        for part in logs
    ]
    now = acts.clock.read().to_text()
    cover = Cover(
        case=_line(acts.pseudonyms.scrub(acts.config.name)),
        filter=_line(str(acts.pseudonyms.scrub_all(meant.filter))),
        agent=f"swarmwitness {__version__}",
        date=now[:10],
        fields={
            "by": acts.pseudonyms.scrub(acts.who),
            "when": now,
            "why": acts.pseudonyms.scrub(asked.why),
            "opened": asked.opened,
            "fields": dict(meant.fields),
        },
    )
    key = home.signing_key(acts.origin, make=False)
    files = _files(folder, acts, asked, logs, meant.foreign)
    return write_bundle(out, excerpts, files, cover=cover, key=key)


@dataclass(frozen=True, slots=True)
class _Part:
    """What is chosen of one log."""

    log: CaseLog
    origin: str
    chosen: Ranges
    withheld: Ranges

    @classmethod
    def of(cls, log: CaseLog, meant: _Meant, pseudonyms: Pseudonyms) -> _Part:
        origin = read_checkpoint(log.path).origin
        chosen = meant.chosen.get(origin, Ranges())
        withheld = Ranges.of(
            index for index, exhibit in acts_in(log.path) if index and _tells_address(exhibit, pseudonyms)
        )
        return cls(log, origin, chosen, withheld)


def _files(
    folder: CaseFolder, acts: CaseActs, asked: Asked, logs: list[_Part], foreign: ForeignRows
) -> dict[str, bytes]:
    chosen = {**foreign.cited, **{part.origin: part.chosen for part in logs}}
    observing = [(part.log, part.origin, part.chosen) for part in logs if part.log.observes]
    files = {
        "data/rows/sightings.csv": rows_csv(observing, acts.pseudonyms),
        "data/custody.csv": custody_csv(read_acts(folder.root), acts.pseudonyms),
    }
    if asked.run is not None:
        names = (asked.finding,) if asked.finding else ()
        files |= results(asked.run, names, lambda text: _within(text, chosen), acts.pseudonyms)
    if foreign.count:
        files[FOREIGN] = foreign.table
    made = drafts(folder.root, asked.run)
    return files | {f"data/drafts/{name}": content for name, content in made.items()}


def _tells_address(act: Exhibit, pseudonyms: Pseudonyms) -> bool:
    """Whether an act, of another vantage or of an older version, holds what reads as an address."""
    try:
        said: object = json.loads(act.payload)
    except (ValueError, RecursionError):
        said = act.payload.decode("utf-8", "replace")
    told = [act.vantage, said]
    return act.remote is not None or act.local is not None or pseudonyms.scrub_all(told) != told


def _within(text: str, chosen: Mapping[str, Ranges]) -> bool:
    source, low, _ = reference(text)
    return low in chosen.get(source.removeprefix("log:"), Ranges())


def _line(text: str) -> str:
    """A name as one printable line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text).strip()


def _counts(made: Made) -> dict[str, int]:
    return {
        "exhibits": sum(len(log.chosen) for log in made.logs),
        "opened": sum(len(log.opened) for log in made.logs),
    }


def _sums(made: Made) -> tuple[str, int, int]:
    return made.manifest_sha256, made.files, made.payload_bytes
