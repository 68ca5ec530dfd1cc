# SPDX-License-Identifier: Apache-2.0
"""What the report is given: figures that were computed, addresses as pseudonyms, titles masked.

report.json keeps it, so that `swarmwitness report` can write the page anew from the output folder alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import cast

from swarmwitness import __version__
from swarmwitness.case.config import CaseConfig
from swarmwitness.case.inputs import Inputs
from swarmwitness.case.instrument import resolved, versions
from swarmwitness.case.pseudonyms import Pseudonyms, pseudonyms_of_run
from swarmwitness.case.results.counting import ALL_RUNGS, Counted
from swarmwitness.case.results.curves import Curve, Curves, SwarmCurves, completion_curves
from swarmwitness.case.results.findings import Finding, Weighed
from swarmwitness.case.results.holding import holders_of
from swarmwitness.case.results.stating import Stated
from swarmwitness.case.results.writing import to_json
from swarmwitness.relations.sets import EVERYONE
from swarmwitness.report import (
    CheckRow,
    CurveRow,
    DisagreementRow,
    MonthRow,
    RejectedRow,
    Report,
    RungRow,
    Support,
    SwarmCurvesRow,
    render,
)
from swarmwitness.report.saved import from_json
from swarmwitness.report.saved import to_json as report_to_json
from swarmwitness.terms import InputError

SHOWN_REJECTED = 200


def write_report(out_dir: Path, inputs: Inputs, counted: Counted, weighed: Weighed, stated: Stated) -> None:
    """Write report.json and report.html."""
    pseudonyms, _ = pseudonyms_of_run(inputs.root, inputs.config)
    plain = report_to_json(_report(inputs, counted, weighed, stated, pseudonyms))
    # Warnings, names and reasons quote what others wrote: an address may stand in any of them.
    report = from_json(cast("dict[str, object]", pseudonyms.scrub_all(plain)))
    (out_dir / "report.json").write_text(to_json(report_to_json(report)), encoding="utf-8")
    (out_dir / "report.html").write_text(render(report), encoding="utf-8")


def render_report(out_dir: Path, to: Path | None) -> Path:
    """Write the page anew from what a run left.

    Raises:
        InputError: no run's folder, or its report.json is damaged.
    """
    source = out_dir / "report.json"
    try:
        report = from_json(json.loads(source.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError("no report.json: not the output folder of a run", file=str(out_dir)) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(f"can't be read: {type(error).__name__}: {error}", file=str(source)) from None
    file = to or out_dir / "report.html"
    file.write_text(render(report), encoding="utf-8")
    file.chmod(0o600)
    return file


def _report(
    inputs: Inputs, counted: Counted, weighed: Weighed, stated: Stated, pseudonyms: Pseudonyms
) -> Report:
    config = inputs.config
    findings = cast("list[Finding]", stated.document["findings"])
    curves = _curves(inputs)
    return Report(
        title=config.name,
        case=config.name,
        synthetic=config.synthetic,
        generated_by=f"swarmwitness {__version__}",
        authority=_authority(config),
        findings=findings,
        support={key: Support(refs, n) for key, (n, refs) in stated.support.items()},
        rungs=_rungs(config, counted),
        timeline=_timeline(counted),
        timeline_unit="works seen",
        rates=weighed.rates,
        disagreements=_disagreements(counted, pseudonyms),
        holders=holders_of(counted, inputs.networks.rows),
        disagreements_total=counted.standing.days.get("split", 0),
        rejected=_rejected(inputs),
        warnings=(*stated.warnings, *pseudonyms_of_run(inputs.root, config)[1]),
        curves=[_swarm(inputs, n, swarm, pseudonyms) for n, swarm in enumerate(curves.swarms, 1)],
        curves_left_out=curves.others,
        verification=_verification(inputs),
        instrument=_instrument(config, inputs),
    )


def _authority(config: CaseConfig) -> str:
    asked = config.authority
    if asked is None:
        return ""
    networks = ", ".join(asked.networks) or "none named"
    return (
        f"{asked.holder}, over {asked.works} works and networks of kind {networks}, under {asked.basis}, "
        f"until {asked.expires.isoformat()}"
    )


def _rungs(config: CaseConfig, counted: Counted) -> list[RungRow]:
    """What stands at each rung is what is counted from it less what is counted from the next."""
    rows = []
    for name in (EVERYONE, *(s.name for s in config.sets)):
        from_rung = [counted.counts.get((name, "all", rung), {}) for rung in ALL_RUNGS]
        upper = [*from_rung[1:], {}]
        for rung, here, above in zip(ALL_RUNGS, from_rung, upper, strict=True):
            rows.append(
                RungRow(name, rung, *(_n(here, u) - _n(above, u) for u in ("sightings", "addresses")))
            )
    return rows


def _n(count: dict[str, object], unit: str) -> int:
    return cast("int", count.get(unit, 0))


def _timeline(counted: Counted) -> list[MonthRow]:
    months = counted.months.to_pylist()
    return [
        MonthRow(row["set"], f"{row['year']:04d}-{row['month']:02d}", row["works"])
        for row in months
        if row["scope"] == "all"
    ]


def _disagreements(counted: Counted, pseudonyms: Pseudonyms) -> list[DisagreementRow]:
    """The first addresses on which sources differ, on the first day of each, with every source's answer."""
    days: dict[str, str] = {}
    answers: dict[str, dict[str, str]] = {}
    for row in counted.disagreements.to_pylist():
        stale = f" (stale, {row['age_days']} days)" if row["stale"] else ""
        told = f"{row['org_name'] or row['org_id']}, {row['kind']}{stale}"
        days[row["ip"]] = str(row["day"])
        mine = answers.setdefault(row["ip"], {})
        mine[row["source"]] = " and ".join(filter(None, (mine.get(row["source"]), told)))
    return [DisagreementRow(pseudonyms.of(ip), days[ip], told, "split") for ip, told in answers.items()]


def _curves(inputs: Inputs) -> Curves:
    """Of our own rows; without a log there are none, and no file is read."""
    if inputs.gathered is None:
        return Curves()
    return completion_curves(inputs.sightings, inputs.registry.torrent_of)


def _swarm(inputs: Inputs, number: int, swarm: SwarmCurves, pseudonyms: Pseudonyms) -> SwarmCurvesRow:
    met: Counter[str] = Counter()
    curves = []
    for curve in swarm.curves:
        peer = pseudonyms.of(curve.ip)
        met[peer] += 1
        curves.append(_curve(peer if met[peer] == 1 else f"{peer} ({met[peer]})", curve))
    name = f"Swarm {number}, {_carried(inputs, swarm.torrent)}"
    return SwarmCurvesRow(name, curves, swarm.others, swarm.others_grew)


def _curve(peer: str, curve: Curve) -> CurveRow:
    return CurveRow(peer, curve.points, curve.challenges, curve.pieces, curve.left_out)


def _carried(inputs: Inputs, torrent: str) -> str:
    """What a torrent carries: a title only of one registered work that is not marked sensitive."""
    works = {work.work_id: work for work in inputs.registry.works.get(torrent, ()) if work.registered}
    if len(works) != 1:
        return f"{len(works)} registered works" if works else "no registered work"
    (work,) = works.values()
    title = str(work.about.get("title") or "")
    withheld = inputs.config.mask_sensitive and bool(work.about.get("sensitive"))
    return f"registered work {title}" if title and not withheld else "a registered work"


def _rejected(inputs: Inputs) -> list[RejectedRow]:
    rows = inputs.rejected.select(["file", "reason"]).to_pylist()
    counts = Counter((row["file"], without_values(row["reason"])) for row in rows)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [RejectedRow(file, reason, n) for (file, reason), n in ordered[:SHOWN_REJECTED]]


def without_values(reason: str) -> str:
    """A reason without what the row said: a bad row can hold an address. rejected.csv has it all."""
    return re.sub(r"""['"].*['"]""", "…", reason, flags=re.DOTALL)


def _verification(inputs: Inputs) -> list[CheckRow] | None:
    if inputs.verified is None:
        return None
    return [
        CheckRow(f"{log.name}: {check.title}", check.detail, check.passed)
        for log in inputs.verified.logs
        for check in log.report.checks
    ]


def _instrument(config: CaseConfig, inputs: Inputs) -> dict[str, str]:
    found = {f"version of {name}": version for name, version in versions().items()}
    found |= {f"SHA-256 of {file.name}": file.sha256 for file in inputs.files}
    found["case.toml, SHA-256"] = str(resolved(config)["case_toml_sha256"])
    found["seed"] = str(config.seed)
    return found
