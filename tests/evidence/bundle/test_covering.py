# SPDX-License-Identifier: Apache-2.0
"""Checks 3 and 4: statements by the key holder that say something else than the bundle."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.evidence.bundle.bag import manifest_text, tag_hashes
from swarmwitness.evidence.bundle.covering import read_key
from swarmwitness.evidence.bundle.dsse import Envelope, Statement
from swarmwitness.evidence.bundle.layout import TAG_FILES

CUSTODY = "example.org/bundled-custody"


def resigned(bundle: Path, good: Any, predicate: dict[str, Any], subject: dict[str, str]) -> None:
    old = Statement.from_payload(Envelope.from_wire((bundle / "statement.dsse.json").read_bytes()).payload)
    said = Statement({**old.subject, **subject}, {**old.predicate, **predicate})
    envelope = Envelope.sign(said, CUSTODY, good.key_of(2))
    (bundle / "statement.dsse.json").write_bytes(envelope.to_wire())
    tags = {name: (bundle / name).read_bytes() for name in TAG_FILES}
    (bundle / "tagmanifest-sha256.txt").write_bytes(manifest_text(tag_hashes(tags)))


@pytest.mark.parametrize(
    ("predicate", "subject", "reason"),
    [
        ({}, {}, ""),
        ({"filter": "everything"}, {}, "filter_differs"),
        ({"case": "Other"}, {}, "filter_differs"),
        ({"logs": []}, {}, "statement_subject"),
        ({"bundle": 2}, {}, "statement_malformed"),
        ({"bundle": True}, {}, "statement_malformed"),
        ({"more": 1}, {}, "statement_malformed"),
        ({}, {"bagit.txt": sha256(b"").hexdigest()}, "statement_subject"),
        ({}, {"more.txt": sha256(b"").hexdigest()}, "statement_subject"),
    ],
)
def test_what_a_statement_says(
    bundle: Path, good: Any, both: Any, predicate: dict[str, Any], subject: dict[str, str], reason: str
) -> None:
    resigned(bundle, good, predicate, subject)
    assert both.agreed(bundle) == reason


def test_keys_that_read() -> None:
    text = b"example.org/bundled-custody"
    assert read_key(text) is None
    assert read_key(b"\xff\n") is None
