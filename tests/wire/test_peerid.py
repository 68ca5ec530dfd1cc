# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.wire.peerid import AZUREUS, client_of, version_of

# The library's own word -> ours, where its word is no client's name.
OTHERWISE = {
    "unknown": None,
    "Invalid PeerID": None,
    "libTorrent (Rakshasa) / rTorrent*": "libTorrent (Rakshasa) / rTorrent",  # the star is a footnote there
    "BitSpirit?": "BitSpirit",  # the mark is its author's doubt; the UDP0 at the end is BitSpirit's
}


@pytest.mark.shared
def test_agrees_with_published_vectors(shared: Path) -> None:
    vectors = json.loads((shared / "identifiers" / "peerid-vectors.json").read_text())
    assert len(vectors) == 78
    for vector in vectors:
        text, name = vector["peer_id"], vector["client"]
        peer_id = bytes.fromhex(text) if len(text) == 40 else text.encode("latin-1")
        assert client_of(peer_id) == OTHERWISE.get(name, name), text


@pytest.mark.parametrize(
    ("peer_id", "name", "version"),
    [
        (b"-SW0100-abcdefghijkl", "Swarmwitness", "0.1.0.0"),
        (b"-qB4650-abcdefghijkl", "qBittorrent", "4.6.5.0"),
        (b"-LT0D00-eZ0PwaDDr-~v", "libtorrent (Rasterbar)", "0.13.0.0"),
        (b"-TR2940-abcdefghijkl", "Transmission", "2.9.4.0"),
        (b"-lt0B20-abcdefghijkl", "libTorrent (Rakshasa) / rTorrent", "0.11.2.0"),
        (b"-KT300-\0jq9ryswx1ukj", "KTorrent", "3.0.0"),
        (b"-UM15110\xc9abcdefghijk", "µTorrent Mac", None),
        (b"A2-1-36-0-abcdefghij", "aria2", None),
        (b"M7-10-5--abcdefghijk", "Mainline", None),
        (b"T03I--008gY6iB6Aq27C", "BitTornado", None),
        (b"-ZZ0100-abcdefghijkl", None, None),
        (b"-qB46500abcdefghijkl", None, None),
        (b"-#@0000-abcdefghijkl", None, None),
        (b"Tabcdefghijklmnopqrs", None, None),
        (bytes(20), None, None),
        (b"", None, None),
        (b"-qB4650-", None, None),
    ],
)
def test_names_and_versions(peer_id: bytes, name: str | None, version: str | None) -> None:
    assert (client_of(peer_id), version_of(peer_id)) == (name, version)


def test_codes_are_two_letters_and_in_order() -> None:
    assert all(len(code) == 2 for code in AZUREUS)
    assert list(AZUREUS) == sorted(AZUREUS)


@given(st.binary(max_size=24))
def test_any_bytes_have_an_answer(peer_id: bytes) -> None:
    name = client_of(peer_id)
    assert name is None or (len(peer_id) == 20 and name)
    assert version_of(peer_id) is None or name
