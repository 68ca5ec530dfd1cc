# SPDX-License-Identifier: Apache-2.0
"""Every key of [observe] reaches the watch."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from swarmwitness.case.config import IN_THE_FIELD, ObserveConfig, read_config
from swarmwitness.case.manners import conduct_of, settings_of
from swarmwitness.case.schema import SECTIONS
from swarmwitness.terms import InputError

OTHERS = {
    "address": ("local", "192.0.2.1", ip_address("192.0.2.1")),
    "address6": ("local6", "2001:db8::1", ip_address("2001:db8::1")),
    "external": ("external", "192.0.2.2", ip_address("192.0.2.2")),
    "listen": ("listen_port", 7000, 7000),
    "encryption": ("mse", False, False),
    "max_connections": ("max_open", 7, 7),
    "max_utp_connections": ("max_utp", 8, 8),
    "dht_bootstrap": ("dht_bootstrap", ("192.0.2.3:1",), ("192.0.2.3:1",)),
    "dials_per_s": ("dials_per_s", 9.0, 9),
    "decoys": ("decoys", 3, 3),
    "canaries": ("canaries", 2, 2),
    "dht": ("dht", True, True),
    "lsd": ("lsd", True, True),
}
OF_CONDUCT = {"contact", "announce_every_s", "dials_per_network_per_s"}
OF_TARGETS = {"trackers", "vantage"}


def test_every_key_is_known_to_the_schema() -> None:
    assert {field.name for field in fields(ObserveConfig)} == set(SECTIONS["observe"])


@pytest.mark.parametrize("key", [field.name for field in fields(ObserveConfig)])
def test_every_key_changes_something(key: str) -> None:
    if key in OF_CONDUCT | OF_TARGETS:
        return
    name, said, meant = OTHERS.get(key, (key, False, False))
    assert getattr(settings_of(ObserveConfig()), name) != meant
    assert getattr(settings_of(replace(ObserveConfig(), **{key: said})), name) == meant


def read(case: Path, observe: str, *, synthetic: bool = True) -> ObserveConfig:
    text = (
        (case / "case.toml").read_text().replace("synthetic = true", f"synthetic = {str(synthetic).lower()}")
    )
    (case / "case.toml").write_text(f"{text}\n[observe]\n{observe}\n")
    return read_config(case).observe


def test_manners(small_case: Path) -> None:
    read(
        small_case,
        'contact = "x@y"\nannounce_every_s = 9\ndials_per_network_per_s = 0.5'.replace("0.5", "3.7"),
    )
    conduct = conduct_of(read_config(small_case))
    assert (conduct.contact, conduct.min_announce_interval_s, conduct.dials_per_network_per_s) == (
        "x@y",
        9,
        3,
    )
    assert conduct.private_networks, "a synthetic case is a laboratory's"


@pytest.mark.parametrize(
    ("day", "end"), [("2027-12-31", "2028-01-01"), ("9999-12-31", None), ("1970-01-01", "1970-01-02")]
)
def test_content_is_asked_for_until_the_authoritys_last_day_is_over(small_case: Path, day: str, end) -> None:
    said = f'[authority]\nholder = "h"\nbasis = "b"\nworks = "registered"\nexpires = {day}\n'
    (small_case / "case.toml").write_text((small_case / "case.toml").read_text() + said)
    until = conduct_of(read_config(small_case)).content_until_ns
    expected = None if end is None else dt.datetime.fromisoformat(end).replace(tzinfo=dt.UTC).timestamp()
    assert until == (253402300800 if expected is None else expected) * 10**9


def test_in_a_laboratory_nobody_outside_is_asked(small_case: Path) -> None:
    observe = read(small_case, "")
    assert (observe.dht, observe.dht_bootstrap, observe.listen, observe.decoys, observe.canaries) == (
        False, (), 0, 0, 0,
    )  # fmt: skip


def test_in_the_field_everything_is_on_but_the_local_network(small_case: Path) -> None:
    observe = read(small_case, "lsd = false", synthetic=False)
    assert observe == IN_THE_FIELD
    switches = [f.name for f in fields(observe) if isinstance(getattr(observe, f.name), bool)]
    assert [name for name in switches if not getattr(observe, name)] == ["lsd"]
    assert observe.decoys
    assert observe.canaries
    assert observe.listen


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('address = "2001:db8::1"', "observe.address"),
        ('address6 = "192.0.2.1"', "observe.address6"),
        ('external = "nowhere"', "observe.external"),
        ("listen = 65535", "observe.listen"),
        ("listen = 0\ncanaries = 1", "observe.canaries"),
        ("utp = 1", "observe.utp"),
    ],
)
def test_what_makes_no_sense_is_named(small_case: Path, text: str, field: str) -> None:
    with pytest.raises(InputError) as refused:
        read(small_case, text)
    assert refused.value.field == field
