# SPDX-License-Identifier: Apache-2.0
"""A file's bytes, be they none."""

from __future__ import annotations

from pathlib import Path

from swarmwitness.attribution.sources.mapped import mapped


def test_the_bytes_of_a_file(tmp_path: Path) -> None:
    for content in (b"", b"x", b"0123456789" * 1000):
        path = tmp_path / "file"
        path.write_bytes(content)
        with mapped(path) as data:
            assert bytes(data[:]) == content
            assert len(data) == len(content)
