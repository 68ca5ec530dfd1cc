# SPDX-License-Identifier: Apache-2.0
from swarmwitness.terms import Rung
from swarmwitness.vantage.tally import MAX_FAULTS, Tally


def test_an_endpoint_counts_once_and_under_each_source() -> None:
    tally = Tally()
    tally.known("tracker", control=False)
    tally.named("pex", control=False)
    assert (tally.endpoints, dict(tally.by_source)) == (1, {"tracker": 1, "pex": 1})
    tally.climbed(Rung.LISTED, Rung.CLAIMED)
    tally.climbed(Rung.CLAIMED, Rung.CLAIMED)
    assert +tally.by_rung == {Rung.CLAIMED: 1}


def test_controls_are_counted_apart() -> None:
    tally = Tally()
    tally.known("dht", control=True)
    assert dict(tally.control_by_source) == {"dht": 1}
    assert not tally.by_source


def test_faults_are_told_in_one_line_each_and_bounded() -> None:
    tally = Tally()
    for number in range(200):
        try:
            raise ValueError(number)
        except ValueError as error:
            line = tally.fault(error)
    assert line.startswith("ValueError: 199 in test_faults_are_told_in_one_line_each_and_bounded, line ")
    assert len(tally.faults) == MAX_FAULTS
