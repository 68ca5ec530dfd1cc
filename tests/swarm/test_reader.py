# SPDX-License-Identifier: Apache-2.0
"""Messages without streams; the two together are test_transcript.py's."""

from swarmwitness.swarm.reader import MAX_ALLOWED_FAST, MessageReader


def test_a_reader_of_nothing_that_is_watched() -> None:
    reader = MessageReader(None)
    assert (reader.torrent, reader.claims.n_pieces, reader.verified, reader.outstanding) == (
        None,
        None,
        frozenset(),
        0,
    )
    assert (reader.fast, reader.extension, reader.first_messages) == (False, None, ())


def test_allowed_fast_pieces_are_kept_in_their_order_and_bounded(sample) -> None:
    reader = MessageReader(sample.torrent)
    for piece in [3, 1, *[4] * 100]:
        reader._take(b"\x11" + piece.to_bytes(4, "big"))
    assert reader.allowed_fast == [3, 1, *[4] * (MAX_ALLOWED_FAST - 2)]
    assert reader.messages == 102
