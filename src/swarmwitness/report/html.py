# SPDX-License-Identifier: Apache-2.0
"""A report as one HTML page that needs nothing else: no network, no script, no font, no picture file.

Everything is escaped; control and format characters are shown, not obeyed. A Content-Security-Policy
in the page forbids scripts, requests and forms, and admits just the one style sheet by its hash, so that
even a title that slipped through could do nothing. The same report gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib

from jinja2 import Environment
from markupsafe import Markup

from swarmwitness.report import holders, pivots, text
from swarmwitness.report.answers import UNITS, asked, exhibit_lists
from swarmwitness.report.charts import rungs_svg, timeline_svg
from swarmwitness.report.curvecharts import curves_svg
from swarmwitness.report.pages import environment
from swarmwitness.report.report import Report
from swarmwitness.terms import Inconclusive, Rung
from swarmwitness.terms.rung import described


def render(report: Report) -> str:
    """The whole page, UTF-8 text ending in a line feed."""
    environment = _environment()
    style = environment.get_template("page.css").render()
    questions = asked(report)
    return (
        environment.get_template("page.html").render(
            report=report,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            questions=questions,
            exhibits=list(exhibit_lists(report, questions)),
            units=UNITS,
            rungs=[(rung, described(rung)) for rung in Rung],
            timeline=Markup(timeline_svg(report.timeline, report.timeline_unit))  # noqa: S704 - vl-convert escapes
            if pivots.is_curve(report.timeline)
            else None,
            pivots=pivots,
            holders=holders,
            curve_charts=[(swarm, Markup(curves_svg(swarm))) for swarm in report.curves],  # noqa: S704 - vl-convert escapes
            rung_chart=Markup(rungs_svg(report.rungs)) if report.rungs else None,  # noqa: S704 - vl-convert escapes
        )
        + "\n"
    )


def _environment() -> Environment:
    pages = environment()
    pages.filters.update(count=text.count, figure=text.figure, percent=text.percent, reason=text.reason)
    pages.filters.update(share=text.share, instant=text.instant, several=text.several)
    pages.tests["inconclusive"] = lambda value: isinstance(value, Inconclusive)
    return pages
