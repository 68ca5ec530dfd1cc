# SPDX-License-Identifier: Apache-2.0
"""What may be fetched: every offer is whole, and in a format that is read."""

from __future__ import annotations

import datetime as dt

import pytest

from swarmwitness.attribution.catalogue import CATALOGUE, Offer, offer_of
from swarmwitness.attribution.sources.formats import format_named
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import NETWORK_KINDS


@pytest.mark.parametrize("offer", CATALOGUE, ids=[one.name for one in CATALOGUE])
def test_an_offer_says_from_whom_in_what_and_under_which_terms(offer: Offer) -> None:
    assert offer.url_on(dt.date(2025, 4, 2)).startswith("https://")
    assert "{" not in offer.url_on(dt.date(2025, 4, 2))
    assert format_named(offer.format).name == offer.format
    assert offer.publisher
    assert offer.licence.endswith(".")
    assert offer.told.source == offer.name or offer.name == "pfx2as"
    assert offer.told.kind in NETWORK_KINDS
    assert offer_of(offer.name) is offer
    stated = ("CC0", "CC BY")
    assert offer.may_hand_on == any(word in offer.licence for word in stated)


def test_names_are_of_one_offer_each() -> None:
    assert len({one.name for one in CATALOGUE}) == len(CATALOGUE)
    with pytest.raises(InputError, match="there are routeviews"):
        offer_of("x")


def test_a_dated_file_has_the_address_of_its_day() -> None:
    found = offer_of("routeviews").url_on(dt.date(2025, 4, 2))
    assert found == "https://archive.routeviews.org/bgpdata/2025.04/RIBS/rib.20250402.0000.bz2"
    with pytest.raises(InputError, match="say which"):
        offer_of("routeviews").url_on()
    assert not offer_of("aws").dated
