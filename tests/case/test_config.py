# SPDX-License-Identifier: Apache-2.0
"""case.toml as values."""

import datetime as dt
from pathlib import Path

import pytest

from swarmwitness.case.config import read_config
from swarmwitness.terms import InputError

FULL = """
[case]
name = "Studio v. Company"
seed = 20260101

[authority]
holder = "Studio"
works = "registered"
networks = ["corporate", "datacentre"]
basis = "court order 12-345"
expires = 2027-12-31

[[anchors]]
name = "corporate"
org_id = "company"
selected_by = "registry"
valid_from = 2018-01-01

[[candidates]]
name = "hidden"
against = "corporate"
addresses_file = "hidden.txt"

[[candidates]]
name = "everybody-else"
against = "corporate"

[[dates]]
name = "notice"
at = 2025-03-20T23:30:00-05:00

[controls]
random_anchor_sets = 10

[observe]
trackers = ["http://127.0.0.1:1/announce"]
dials_per_s = 5

[intake."vendor.csv"]
zone = "Europe/Berlin"
precision_s = 1

[intake."vendor.csv".columns]
observed_at = "Time"
"""


def case(tmp_path: Path, text: str = FULL) -> Path:
    (tmp_path / "case.toml").write_text(text)
    (tmp_path / "hidden.txt").write_text("\ufeff# a list\n::ffff:192.0.2.9\n192.0.2.9 # twice\n2001:DB8::1\n")
    return tmp_path


def test_every_part_is_read(tmp_path: Path) -> None:
    config = read_config(case(tmp_path))
    assert (config.name, config.seed, config.synthetic) == ("Studio v. Company", 20260101, False)
    assert config.authority is not None
    assert config.authority.expires == dt.date(2027, 12, 31)
    assert config.anchors[0].org_id == "company"
    assert config.candidates[0].addresses == ("192.0.2.9", "2001:db8::1")
    assert config.candidates[1].is_population
    assert [s.name for s in config.sets] == ["corporate", "hidden"]
    assert config.dates[0].at == dt.date(2025, 3, 21), "a time is moved to UTC before its day is taken"
    assert config.random_anchor_sets == 10
    assert config.observe.trackers == ("http://127.0.0.1:1/announce",)
    assert config.intake["vendor.csv"].columns == {"observed_at": "Time"}
    assert config.raw == FULL.encode()


REFUSED = [
    ('[case]\nname = "x"\n[[anchors]]\nname = "a"\n', "exactly one of"),
    ('[case]\nname = "x"\n[[anchors]]\nname = "everyone"\norg_id = "o"\n', "reserved"),
    ('[case]\nname = "x"\n' + '[[anchors]]\nname = "a"\norg_id = "o"\n' * 2, "two sets"),
    ('[case]\nname = "x"\n[[candidates]]\nname = "c"\nagainst = "a"\n', "no anchor set"),
    ('[case]\nname = "x"\n[[anchors]]\nname = "a"\naddresses = ["192.0.2.300"]\n', "192.0.2.300"),
    ('[case]\nname = "x"\n[[anchors]]\nname = "a"\naddresses_file = "../x"\n', "outside"),
    ('[case]\nname = "x"\n[[anchors]]\nname = "a"\naddresses_file = "none.txt"\n', "none.txt"),
    ('[case]\nname = "x"\n[controls]\nrandom_anchor_sets = -1\n', "0 to 100000"),
    ("[case\n", "not TOML"),
    ('[case]\nname = "x"\nseed = ' + "9" * 5000, "not TOML"),
    ('[case]\nname = "x"\nseed = 9999999999999999999999', "case.seed"),
    ('[case]\nname = "x"\nx = ' + "[" * 5000, "nested"),
    ('[case]\nname = "x"\n' + "a." * 100_000 + "b = 1", "a line of more than"),
    ('[case]\nname = "' + "x" * 101 + '"', "case.name"),
    ('[case]\nname = "a\\u001b[2K"', "case.name"),
    ('[case]\nname = "x"\n[[dates]]\nname = "d"\nat = 0001-01-01T00:00:00+14:00', "no day of UTC"),
    ('[case]\nname = "x"\n[observe]\naddress = "nonsense"', "observe.address"),
    ('[case]\nname = "x"\n[observe]\naddress = "fe80::1%lo"', "observe.address"),
    ('[case]\nname = "x"\n[observe]\nannounce_every_s = inf', "announce_every_s"),
    ('[case]\nname = "x"\n[observe]\ndials_per_s = nan', "dials_per_s"),
    ('[case]\nname = "x"\n[observe]\nmax_connections = -3', "max_connections"),
    (
        '[case]\nname = "x"\n[authority]\nholder = "h"\nbasis = "b"\nexpires = 2030-01-01\n'
        'networks = ["moon"]',
        "'moon'",
    ),
    (
        '[case]\nname = "x"\n[[anchors]]\nname = "a"\norg_id = "o"\n'
        "valid_from = 2025-01-02\nvalid_to = 2025-01-02",
        "before it begins",
    ),
    (
        '[case]\nname = "x"\n' + "".join(f'[[anchors]]\nname = "a{n}"\norg_id = "o"\n' for n in range(201)),
        "at most 200",
    ),
]


@pytest.mark.parametrize(("text", "named"), REFUSED)
def test_refused(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        read_config(case(tmp_path, text))
    assert named in str(caught.value)


def test_a_bad_line_in_a_list_is_named(tmp_path: Path) -> None:
    folder = case(tmp_path)
    (folder / "hidden.txt").write_text("192.0.2.1\nnobody\n")
    with pytest.raises(InputError, match=r"hidden\.txt:2 .*'nobody'"):
        read_config(folder)


def test_a_missing_case_points_to_init(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="swarmwitness init"):
        read_config(tmp_path)


def test_a_time_authority_is_asked_over_http(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('[case]\nname = "c"\n[time]\nauthority = "ftp://x.example/tsa"\n')
    with pytest.raises(InputError) as caught:
        read_config(tmp_path)
    assert caught.value.field == "time.authority"
    (tmp_path / "case.toml").write_text('[case]\nname = "c"\n[time]\nauthority = "https://x.example/"\n')
    assert read_config(tmp_path).time.authority == "https://x.example/"
