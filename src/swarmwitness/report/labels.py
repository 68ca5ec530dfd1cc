# SPDX-License-Identifier: Apache-2.0
"""Words for the figures of questions 2, 3, 4, 7, 14 and of the controls, in the order in which they are read.

Data alone. A key that ends in `*` stands for many; `{}` is then what the star stood for, in words. A figure
that no line names is still printed, under its own name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """One figure.

    Attributes:
        unit: count, bytes, seconds, share, at_most (a share that is an upper bound), estimate or text.
        part: Whether it is a part of what stands above it.
        named: The star stands for a name that the case gave, printed as it is.
    """

    key: str
    words: str
    unit: str = "count"
    part: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Figures under one heading."""

    title: str
    labels: tuple[Label, ...]


SOURCES = {
    "tracker": "Trackers",
    "dht": "The DHT",
    "pex": "Other peers (PEX)",
    "lsd": "The local network (LSD)",
    "inbound": "Peers that came to us",
}
WORDS = {
    "we_closed": "by us",
    "eof": "by the peer",
    "reset": "by the peer, abruptly (reset)",
    "refused": "refused: nothing accepts connections there",
    "timeout": "no answer in time",
    "unreachable": "the network knows no way there",
    "handshake_timeout": "something answered, and no handshake came in time",
    "not_bittorrent": "something answered that is no BitTorrent client",
    "twice": "by us: we were connected already",
    "relearned": "by us, to begin anew: the torrent's description had become known",
    "unwatched": "by us: the torrent is not watched (any more)",
    "self_connection": "by us: it was we ourselves",
    "flood": "by us: the peer sent too much",
    "framing": "by us: what the peer sent is no message",
    "made_room": "by us: to make room for others",
    "unfinished": "not at all: the record ends before",
    "forbidden": "our own system forbade it",
    "no_local_address": "no address of ours fits",
    "no_sockets": "our own system had no socket left",
    "unwatched_info_hash": "by us: the peer asked for a torrent that is not watched",
    "wrong_info_hash": "the peer answered for another torrent",
    "os_error": "a rare error of the network",
    "concealing": "that may hold more than they say (they showed very few pieces)",
    "hearsay": "that others named and that never told their pieces",
    "shrunk": "that told less than before",
    "caught": "that gave a piece which they had not told",
    "beyond": "that told more than is kept",
    "false_listing": "named, and what answered there never spoke BitTorrent",
    "injecting_tracker": "tracker that names somebody in a swarm that does not exist",
    "dht_polluter": "DHT node that pollutes what it names",
    "crawler": "crawler: asks for the description of a torrent and leaves",
    "monitor": "another monitor",
    "fake_seed": "claims everything, and nothing of it comes",
    "stuck": "claims nothing, at each visit and for long",
    "rewinds": "declares less than before, again and again",
    "super_seed": "hides what it has (super-seeding)",
    "partial_seed": "has a part, and wants no more",
    "hash_failing": "gave a piece that does not verify",
    "mixed_sources": "piece whose blocks came from several peers",
    "shared_address": "address that several clients share",
    "reassigned": "endpoint at which the client changed for good",
    "reused_port": "endpoint of another torrent than the one looked for",
    "two_families": "client met by IPv4 and by IPv6",
    "two_names": "torrent watched under both of its names",
    "fake_content": "torrent that is programs or locked archives, not the work",
    "misnamed": "behaves otherwise than the client it says it is",
}
"""What a star may stand for."""

LIVE = (
    Group(
        "Peers (counted once in each swarm; a client that calls us from ever new ports is one peer)",
        (
            Label(
                "endpoints_named", "Endpoints (an address and a port) that others named, or that we called"
            ),
            Label("peers_named_or_met", "Peers, named or met"),
            Label(
                "peers_reachable", "of them, something answered, or called us (rung 1 or above)", part=True
            ),
            Label(
                "peers_handshaken",
                "of them, a client of this very torrent completed a handshake (rung 2 or above)",
                part=True,
            ),
        ),
    ),
    Group(
        "Observations and their times",
        (
            Label("rows", "Observations"),
            Label("rows_of_unknown_clock_error", "by a clock whose error is not known", part=True),
            Label("rows_of_tainted_time", "by a clock that was not known to be within its bound", part=True),
            Label("largest_clock_error_s", "Largest known error of the clock", "seconds"),
        ),
    ),
    Group("How connections and attempts ended (the most frequent)", (Label("connections_ended_*", "{}"),)),
    Group(
        "What rows must not be taken for: odd peers, sources and other monitors (no accusation; method 19)",
        (Label("classed_as_*", "{}"),),
    ),
)
HELD = (
    Group(
        "What peers claimed to hold, by their own word",
        (
            Label("peers_that_claimed_a_piece", "Peers that claimed at least one piece"),
            Label("peers_that_claimed_at_least_*", "at least {} of the torrent", part=True),
            Label("peers_that_claimed_at_least_100%", "every piece", part=True),
            Label("peers_that_grew_while_watched", "Peers whose claims grew while they were watched"),
            Label("peers_that_grew_to_all_while_watched", "of them, to every piece", part=True),
        ),
    ),
    Group(
        "What was shown to be true",
        (
            Label("peers_that_met_a_challenge", "Peers that met a leaf-hash challenge (no content moved)"),
            Label("peers_that_gave_a_verified_piece", "Peers that gave us a whole piece that verifies"),
        ),
    ),
)
GIVEN = (
    Group(
        "To us, measured",
        (Label("bytes_of_works_to_us_verified", "Content received that verifies by the hashes", "bytes"),),
    ),
    Group(
        "To others than us, at least",
        (
            Label("third_parties_swarms", "Swarms in which peers told which pieces they hold"),
            Label("third_parties_bound_bytes", "Given to others, at least", "bytes"),
            Label(
                "third_parties_bound_bytes_of_*",
                "of it, by addresses of the set {}",
                "bytes",
                part=True,
                named=True,
            ),
            Label("third_parties_peers_with_a_bound", "Peers that gave to others by this bound"),
            Label("third_parties_unseen_holders_needed", "Unseen holders that would bring the bound to 0"),
        ),
    ),
    Group(
        "Why it is not higher",
        (
            Label("third_parties_peers_*", "Peers {}"),
            Label("third_parties_swarms_with_web_seeds", "Swarms whose torrent names web seeds"),
            Label(
                "third_parties_swarms_with_a_hidden_holder",
                "Swarms in which somebody got a piece that nobody seen held",
            ),
            Label(
                "third_parties_bound_bytes_if_peers_told_true",
                "The bound if these peers held no more than they said, at least",
                "bytes",
            ),
            Label(
                "third_parties_of_it_proved_by_pieces",
                "of that, in pieces that the receiver gave on to us, verified",
                "bytes",
                part=True,
            ),
        ),
    ),
)
HOLDERS = (
    Group(
        "Leases (an address or /64, a port cluster, an interval without evidence of reassignment) by what "
        "the sources of networks say",
        (
            Label(
                "leases_unanimous",
                "All answers valid on the days that name a holder name the same one "
                "(it can be a single source)",
            ),
            Label("leases_majority", "Most sources name one holder"),
            Label("leases_split", "No holder is stated, because sources differ: left open, never decided"),
            Label("leases_stale", "One holder is named, by answers that had ended before the day alone"),
            Label("leases_unknown", "No source knows the address"),
        ),
    ),
)
MISSED = (
    Group(
        "What was not seen",
        (
            Label("endpoints_that_never_answered", "Endpoints that were named and never answered"),
            Label("recapture_addresses_seen", "Addresses named by any source, each once in each swarm"),
            Label(
                "recapture_addresses_at_least", "Addresses that there are, at least (estimate)", "estimate"
            ),
            Label("recapture_low95", "95 % interval, from", "estimate", part=True),
            Label("recapture_high95", "95 % interval, to", "estimate", part=True),
            Label("recapture_share_seen_at_most", "Share that was named, at most", "at_most"),
            Label("recapture_inconclusive", "No estimate, because", "text"),
        ),
    ),
)
CONTROLS = (
    Group(
        "Swarms of our own: decoys (no such torrent exists) and canaries (a peer of ours, and nobody else)",
        (
            Label("decoys", "Decoys asked for, drawn anew for each watch"),
            Label("decoy_endpoints_named", "Endpoints that were named for them", part=True),
            Label("decoy_endpoints_that_answered_for_them", "Endpoints that answered for them", part=True),
            Label("canary_visitors_and_strangers", "Others that were named or met at a canary"),
        ),
    ),
)
