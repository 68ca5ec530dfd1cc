# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from pathlib import Path

from swarmwitness.report import Report, render


def test_renders(sample: Report) -> None:
    page = render(sample)
    if os.environ.get("SAMPLE"):
        Path(os.environ["SAMPLE"]).write_text(page, encoding="utf-8")
    assert page.endswith("</html>\n")
