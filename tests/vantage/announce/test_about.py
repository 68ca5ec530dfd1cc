# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.vantage.announce.about import About
from swarmwitness.vantage.recorder import canonical

HASH = "ab" * 20


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (About(HASH, "udp://t.example:1"), {"url": "udp://t.example:1"}),
        (About(HASH, 'http://t/"\\\u00e9\n', "scrape"), {"url": 'http://t/"\\\u00e9\n', "method": "scrape"}),
        (About(HASH, "http://t/", via='http://s/"'), {"url": "http://t/", "via": 'http://s/"'}),
    ],
)
def test_a_note_is_the_canonical_json_of_what_it_says(station, about, said) -> None:
    note = {"event": "open", "info_hash": HASH, "outcome": "connected"} | said
    assert about.note("open", "connected") == canonical(note)
    about.record(station.recorder, "open", "connected")
    (exhibit,) = (exhibit for _, exhibit in station.seen)
    assert (exhibit.kind, exhibit.payload) == ("net", canonical(note))
    assert exhibit.connection == 1 + station.seen[0][0]
