# SPDX-License-Identifier: Apache-2.0
"""What a bitfield of a bundle shows."""

from __future__ import annotations

import pytest

from swarmwitness.relations.parts import Parts


@pytest.fixture
def bundle(works) -> str:
    (torrent,) = works.bundles
    return torrent


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        ("00", ()),
        ("80", ("P1",)),
        ("40", ()),  # piece 1 holds the end of one work and the beginning of the other
        ("20", ("P2",)),
        ("f0", ("P1", "P2")),
        ("0f", ()),  # spare bits are no pieces
    ],
)
def test_only_pieces_of_one_work_alone_speak(works, bundle: str, pieces: str, shown: tuple[str, ...]) -> None:
    found = Parts.of(works).shown(bundle, pieces)
    assert found is not None
    assert tuple(work.work_id for work in found) == shown


def test_what_cannot_be_told(works, bundle: str) -> None:
    parts = Parts.of(works)
    assert parts.shown(bundle, "f000") is None
    assert parts.shown("00" * 20, "f0") is None
