# SPDX-License-Identifier: Apache-2.0
"""How every page of ours is made of its template: nothing undefined, everything escaped, no control signs."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from swarmwitness.report.text import visible


def environment() -> Environment:
    """The room's templates; a new environment for each page, which may add words of its own."""
    return Environment(
        loader=PackageLoader("swarmwitness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )


def _finalize(value: object) -> object:
    """Every string that reaches a page passes here once; markup of our own making is left alone."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
