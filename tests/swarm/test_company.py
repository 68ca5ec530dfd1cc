# SPDX-License-Identifier: Apache-2.0
"""Who is with us: places are taken and given back, and nothing stays behind."""

from __future__ import annotations

from swarmwitness.swarm.company import Company
from swarmwitness.terms import Endpoint

LIMITS = (3, 2, 100)


def test_places_are_given_back_exactly(at) -> None:
    company = Company()
    visitors = [Endpoint.of("192.0.2.1", port) for port in (1, 2, 3)]
    assert [company.admit(visitor, LIMITS, at(0)) for visitor in visitors] == [True, True, False]
    for visitor in visitors[:2]:
        company.left(visitor)
    assert company == Company(_visits=company._visits), "no entry is left of a network that is gone"
    assert company.admit(visitors[2], LIMITS, at(0))


def test_the_families_are_counted_apart(at) -> None:
    company = Company()
    four = [Endpoint.of("192.0.2.1", port) for port in (1, 2)]
    assert all(company.admit(visitor, LIMITS, at(0)) for visitor in four)
    assert company.admit(Endpoint.of("2001:db8::1", 1), LIMITS, at(0))
    assert not company.admit(Endpoint.of("2001:db8:1::1", 1), LIMITS, at(0)), "three are the most in all"
