# SPDX-License-Identifier: Apache-2.0
from swarmwitness.terms import Rung
from swarmwitness.vantage import Progress


def test_nothing_of_a_work_is_ever_uploaded() -> None:
    progress = Progress(1, 2, 2, {Rung.PIECE: 2}, 1 << 30, 9, 0.0)
    assert progress.work_bytes_uploaded == 0
