# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness reveal`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from swarmwitness.case.config import read_config
from swarmwitness.case.pseudonyms import pseudonyms_of


def test_found_and_not_found(call: Callable[..., Any], case: Path) -> None:
    known = pseudonyms_of(case, read_config(case)).of("198.18.0.1")
    told = call("reveal", case, known, "--reason", "order no. 4")
    assert told.status == 0
    assert f"{known} 198.18.0.1" in told.out
    both = call("reveal", case, known, "addr-aaaaaaaaaa", "--reason", "order no. 4", "--json")
    assert both.status == 1
    assert json.loads(both.out)["addresses"] == {known: "198.18.0.1", "addr-aaaaaaaaaa": None}
    assert "not found" in call("reveal", case, "addr-aaaaaaaaaa", "--reason", "order").out


def test_refusals_are_one_line_and_tell_nothing(call: Callable[..., Any], case: Path) -> None:
    known = pseudonyms_of(case, read_config(case)).of("198.18.0.1")
    toml = case / "case.toml"
    for arguments in ((case, known), (case, known, "--reason", ""), (case, "--reason", "order")):
        told = call("reveal", *arguments)
        assert (told.status, told.out, told.err.count("\n")) == (2, "", 1)
    toml.write_text(toml.read_text().replace("synthetic = true", ""))
    told = call("reveal", case, known, "--reason", "order")
    assert (told.status, told.out) == (2, "")
    assert "authority" in told.err
