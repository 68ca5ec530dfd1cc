# SPDX-License-Identifier: Apache-2.0
"""case.toml: every slip is an error that names the key, and the nearest known one."""

import tomllib

import pytest

from swarmwitness.case.schema import check
from swarmwitness.terms import InputError

CASE = '[case]\nname = "x"\n'
REFUSED = [
    ("", "[case]"),
    ("case = 3", "case"),
    ("[case]\nseed = 1", "case.name"),
    ('[case]\nname = ""', "case.name"),
    ('[case]\nname = "x"\nseed = "1"', "case.seed"),
    ('[case]\nname = "x"\nseed = true', "case.seed"),
    ('[case]\nname = "x"\nsead = 1', "'seed'"),
    (CASE + '[anchors]\nname = "a"', "[[anchors]]"),
    (CASE + '[[anchors]]\nname = "a"\nadresses = []', "'addresses'"),
    (CASE + '[[anchors]]\nname = "a"\naddresses = [1]', "anchors[0].addresses"),
    (CASE + '[[anchors]]\nname = "a"\nselected_by = "magic"', "registry, list, pattern"),
    (CASE + '[[candidates]]\nname = "c"', "candidates[0].against"),
    (CASE + '[[dates]]\nname = "d"\nat = "2025-03-20"', "dates[0].at"),
    (CASE + "[controlls]\nrandom_anchor_sets = 3", "'controls'"),
    (CASE + "[intake]\nfile = 3", "intake"),
    (CASE + '[intake."a.csv"]\nzones = "UTC"', "'zone'"),
    (CASE + '[intake."a.csv".columns]\nip = 3', "columns"),
]


@pytest.mark.parametrize(("text", "named"), REFUSED)
def test_refused(text: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        check(tomllib.loads(text), "case.toml")
    assert named in str(caught.value)
    assert str(caught.value).startswith("case.toml")


def test_the_example_of_the_interchange() -> None:
    check(
        tomllib.loads(CASE + '[[anchors]]\nname = "a"\norg_id = "company"\nselected_by = "registry"'),
        "case.toml",
    )
