# SPDX-License-Identifier: Apache-2.0
"""A crowd has its shares of every kind, addresses of its own, and seeds among all."""

from __future__ import annotations

from collections import Counter

import pytest

from swarmwitness.lab import crowd as crowds
from swarmwitness.lab.crowd import IPV6, SHARES, SHIELDED, guests, shield
from swarmwitness.lab.stage import Stage
from swarmwitness.terms import InputError

STAGE = Stage(("unshare",), "198.18", base6="2001:2:")


def test_a_hundred_have_the_shares_that_are_written() -> None:
    made = guests(STAGE, 300, "t", ("whole", "empty"), 4_000_000)
    assert Counter(guest.kind for guest in made) == {kind: 3 * share for kind, share in SHARES}
    assert len({guest.address for guest in made}) == 300
    seeds = [guest for guest in made if guest.seed]
    assert Counter(guest.kind for guest in seeds) == {"tcp": 3, "utp": 3, "mse": 3, IPV6: 3}
    assert all(
        guest.spec.down_bytes_per_s == 0 and guest.spec.torrents == (("t", "whole"),) for guest in seeds
    )


def test_leechers_take_between_forty_and_a_hundred_and_thirty_seconds() -> None:
    made = guests(STAGE, 100, "t", ("whole", "empty"), 4_000_000)
    times = [4_000_000 / guest.spec.down_bytes_per_s for guest in made if not guest.seed]
    assert 39 < min(times) < 45
    assert 120 < max(times) < 131


def test_without_ipv6_they_play_in_ipv4() -> None:
    made = guests(Stage(("unshare",), "198.18"), 100, "t", ("w", "e"), 1000)
    assert not any(guest.kind == IPV6 or ":" in guest.address for guest in made)


def test_nobody_is_shielded_without_a_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    made = guests(STAGE, 100, "t", ("w", "e"), 1000)
    hidden = next(guest for guest in made if guest.kind == SHIELDED)
    rules = list(crowds._rules([hidden.address]))
    assert all(f"ip daddr {{ {hidden.address} }} ct state new" in rule for rule in rules)
    monkeypatch.setattr(crowds.shutil, "which", lambda *_, **__: None)
    with pytest.raises(InputError, match="shielded"):
        shield(STAGE, made)
    shield(STAGE, [guest for guest in made if guest.kind != SHIELDED])
