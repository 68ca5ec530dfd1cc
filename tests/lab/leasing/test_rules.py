# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.rules import TRIED, V0, V1, Rule, leases
from swarmwitness.lab.leasing.worlds import DAY_US, UNKNOWN, Sightings, world


def seen(*rows, kind="residential"):
    """Rows of (day, port, family, version, work, org)."""
    day, port, family, version, work, org = (np.array(column) for column in zip(*rows, strict=True))
    none = np.zeros(len(rows), np.int64)
    return Sightings(day * DAY_US, none, port, family, version, none, none, work, org, none, none, kind)


def numbers(rows, rule):
    found = leases(rows, rule)
    return (found - found[0]).tolist()


def row(day, port=1, family=UNKNOWN, version=UNKNOWN, work=0, org=0):
    return day, port, family, version, work, org


def test_silence_ends_a_lease_and_so_does_another_port_or_organisation():
    assert numbers(seen(row(0), row(90), row(181)), V0) == [0, 0, 1]
    assert numbers(seen(row(0), row(0, port=2)), V0) == [0, 1]
    assert numbers(seen(row(0), row(1, org=1)), V0) == [0, 1]


def test_another_client_ends_it_and_a_day_of_two_says_nothing():
    assert numbers(seen(row(0, family=1), row(1), row(2, family=2)), V1) == [0, 0, 1]
    both = seen(row(0, family=1), row(1, family=1), row(1, family=2), row(2, family=1))
    assert numbers(both, V1) == [0, 0, 0, 0]
    assert numbers(seen(row(0, family=1), row(1, family=2)), V0) == [0, 0]


def test_an_older_version_ends_it_where_the_rule_says_so():
    rows = seen(row(0, family=1, version=5), row(1, family=1, version=6), row(2, family=1, version=4))
    assert numbers(rows, Rule("back", 90, back=True)) == [0, 0, 1]
    assert numbers(rows, V1) == [0, 0, 0]


def test_mobile_and_vpn_addresses_are_soon_anothers():
    for kind, expected in (("mobile", [0, 1]), ("vpn", [0, 1]), ("residential", [0, 0]), ("unknown", [0, 0])):
        assert numbers(seen(row(0), row(4), kind=kind), V1) == expected


def test_a_work_met_before_bridges_a_silence():
    rule = Rule("work", 14, shared_work=90)
    assert numbers(seen(row(0, work=7), row(20, work=8)), rule) == [0, 1]
    assert numbers(seen(row(0, work=7), row(20, work=7)), rule) == [0, 0]
    assert numbers(seen(row(0, work=7), row(95, work=7)), rule) == [0, 1]


def naive(rows: Sightings, rule: Rule):
    """Day by day, with dicts."""
    days = {}
    for at in range(len(rows)):
        key = (int(rows.address[at]), int(rows.port[at]))
        days.setdefault(key, {}).setdefault(int(rows.at[at]) // DAY_US, []).append(at)
    lease = [0] * len(rows)
    number = 0
    for of_key in days.values():
        number += 1
        before = org = family = None
        for _, indices in sorted(of_key.items()):
            told = {int(rows.family[at]) for at in indices} - {UNKNOWN}
            now = told.pop() if len(told) == 1 else None
            silence = dict(rule.by_kind).get(rows.kind, rule.silence) * DAY_US
            first, last = int(rows.at[indices[0]]), int(rows.at[indices[-1]])
            cut = before is not None and first - before > silence
            cut |= org is not None and org != int(rows.org[indices[0]])
            cut |= rule.family and None not in (now, family) and now != family
            number += cut
            for at in indices:
                lease[at] = number
            before, org, family = last, int(rows.org[indices[0]]), now if now is not None else family
    return lease


@pytest.mark.parametrize("rule", [V0, V1, Rule("30", 30, family=True)], ids=lambda rule: rule.name)
@pytest.mark.parametrize("of", CLASSES, ids=lambda of: of.name)
def test_arrays_and_dicts_give_the_same_leases(of, rule):
    rng = np.random.default_rng(9)
    rows = world(rng, of, draw(rng, of))
    assert numbers(rows, rule) == [each - 1 for each in naive(rows, rule)]


def test_rules_have_names_of_their_own():
    assert len({rule.name for rule in TRIED}) == len(TRIED)
    assert {V0, V1} <= set(TRIED)
