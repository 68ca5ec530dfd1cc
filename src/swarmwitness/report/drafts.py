# SPDX-License-Identifier: Apache-2.0
"""All drafts of a record, each as a page and as plain text, by file name."""

from __future__ import annotations

from swarmwitness.report.certificates import copied_data, electronic_process
from swarmwitness.report.draft import to_html, to_text
from swarmwitness.report.instrumentpage import instrument_page
from swarmwitness.report.record import Record

_DRAFTS = (electronic_process, copied_data, instrument_page)


def render_drafts(record: Record) -> dict[str, bytes]:
    """File name -> content, UTF-8. The same record gives the same bytes."""
    made = [draft(record) for draft in _DRAFTS]
    pages = {f"{draft.name}.html": to_html(draft).encode() for draft in made}
    texts = {f"{draft.name}.txt": to_text(draft).encode() for draft in made}
    return dict(sorted((pages | texts).items()))
