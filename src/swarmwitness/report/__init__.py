# SPDX-License-Identifier: Apache-2.0
"""Findings -> what people read. Computes nothing.

Lives here: what a rendering is given (`report.py`), the page (`html.py`, `templates/`), its charts.
May be added: another rendering of the same findings.
Never: a number that is not in findings or tables; an address that is not a pseudonym; a network, a script.
Start with html.py.
"""

from swarmwitness.report.html import render
from swarmwitness.report.report import (
    CheckRow,
    CurveRow,
    DisagreementRow,
    MonthRow,
    RejectedRow,
    Report,
    RungRow,
    Support,
    SwarmCurvesRow,
)

__all__ = [
    "CheckRow",
    "CurveRow",
    "DisagreementRow",
    "MonthRow",
    "RejectedRow",
    "Report",
    "RungRow",
    "Support",
    "SwarmCurvesRow",
    "render",
]
