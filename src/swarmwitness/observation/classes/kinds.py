# SPDX-License-Identifier: Apache-2.0
"""The classes: what each takes, what looks just like it, and what it takes away from a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from swarmwitness.terms import Endpoint, InfoHash

MAX_EVIDENCE = 20


class Kind(StrEnum):
    """A class. None of them is an accusation, and a peer can be in several."""

    FALSE_LISTING = "false_listing"
    INJECTING_TRACKER = "injecting_tracker"
    DHT_POLLUTER = "dht_polluter"
    CRAWLER = "crawler"
    MONITOR = "monitor"
    FAKE_SEED = "fake_seed"
    STUCK = "stuck"
    REWINDS = "rewinds"
    SUPER_SEED = "super_seed"
    PARTIAL_SEED = "partial_seed"
    HASH_FAILING = "hash_failing"
    MIXED_SOURCES = "mixed_sources"
    SHARED_ADDRESS = "shared_address"
    REASSIGNED = "reassigned"
    REUSED_PORT = "reused_port"
    TWO_FAMILIES = "two_families"
    TWO_NAMES = "two_names"
    FAKE_CONTENT = "fake_content"
    MISNAMED = "misnamed"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a class is.

    Attributes:
        takes: What must have been seen.
        confused_with: What looks the same and is something else.
        lowers: What may no longer be concluded; never anything more.
    """

    takes: str
    confused_with: str
    lowers: str


@dataclass(frozen=True, slots=True)
class Classed:
    """Somebody or something is in a class.

    Attributes:
        subject: An endpoint (port 0 = the whole address), the name of a source, or an info_hash.
        info_hash: The swarm; None = it is about no one swarm.
        evidence: Exhibits, at most 20, `log:ORIGIN/INDEX`.
        why: In words, with the numbers.
        counts: Sign or thing -> how often.
    """

    kind: Kind
    subject: Endpoint | InfoHash | str
    info_hash: InfoHash | None
    evidence: tuple[str, ...]
    why: str
    counts: Mapping[str, int] = field(default_factory=dict)


MEANINGS: dict[Kind, Meaning] = {
    Kind.FALSE_LISTING: Meaning(
        "it was named, we connected, and what answered never spoke BitTorrent",
        "a stale listing: a peer was there before; a device that forwards the port to a peer at other times",
        "nobody takes part there now; the listing is worth nothing",
    ),
    Kind.INJECTING_TRACKER: Meaning(
        "a tracker named somebody in a swarm of our own that does not exist",
        "another observer that guessed nothing: none is known, since the info_hash is random and untold",
        "a listing by this tracker alone",
    ),
    Kind.DHT_POLLUTER: Meaning(
        "a DHT node named peers of a swarm that does not exist, or under two ids or more stood where chance "
        "puts a node once in 2^40, next to what we asked for",
        "a node that stands next to one swarm on purpose, to count it",
        "a listing by this node alone",
    ),
    Kind.CRAWLER: Meaning(
        "it asked for the torrent's description, claimed nothing, wanted nothing and left within a minute",
        "a client that begins from a magnet link and loses the connection",
        "it is no acquirer of content by this",
    ),
    Kind.MONITOR: Meaning(
        "it took part in a swarm of our own that nobody can want; or at each of several visits it claimed "
        "everything, and never let us fetch anything",
        "a seed whose places are all taken each time; a seed that favours others",
        "its claims are no possession",
    ),
    Kind.FAKE_SEED: Meaning(
        "it claimed everything and let us ask, and on several connections not a block came; or the leaf "
        "hashes that it told are not those of the file",
        "an overloaded or broken client, a path that loses large packets",
        "its claims are no possession",
    ),
    Kind.STUCK: Meaning(
        "it claimed nothing, at each visit and for a long time",
        "a paused or stalled client, one that has just begun, an observer like ourselves",
        "it has acquired nothing that anybody saw",
    ),
    Kind.REWINDS: Meaning(
        "more than once it declared fewer pieces than it had claimed before, without saying that it lost any",
        "a client that checks its files anew, or another client behind the same port; a seed that hides its "
        "pieces and gave none of them",
        "its growth is no acquisition",
    ),
    Kind.SUPER_SEED: Meaning(
        "it declared nothing, at once announced a few pieces, no more, and gave one of them; or met again it "
        "declared nothing, though it had claimed pieces before and given some of them",
        "a client that has just those pieces and tells them one by one; one that checks its files anew",
        "what it declares to lack it may have; its growth is no acquisition",
    ),
    Kind.PARTIAL_SEED: Meaning(
        "it said that it wants nothing more (BEP 21), and has some pieces and not all",
        "a client that says so by mistake",
        "it holds no whole torrent, and will not come to",
    ),
    Kind.HASH_FAILING: Meaning(
        "all blocks of a piece came from it alone, and the piece does not verify",
        "a broken disk or memory; content of another torrent",
        "what it gave is not the work; its claims are worth less",
    ),
    Kind.MIXED_SOURCES: Meaning(
        "two peers or more each gave blocks of a piece, and none of them the whole",
        "connections that broke in the middle",
        "nobody gave that piece: put together it would name no giver",
    ),
    Kind.SHARED_ADDRESS: Meaning(
        "clients at two ports of one address were met in turns, or one port showed two clients in turns",
        "one user with two clients; a translator, a VPN or a Tor exit looks no different",
        "the address stands for at least so many clients: nothing joins their acts",
    ),
    Kind.REASSIGNED: Meaning(
        "at one endpoint one client was met, and later another, for good",
        "a user who changed clients; where the gap is not longer than the clocks' error, another log's "
        "times cannot be told to be before or after it",
        "what came before and after joins to nobody",
    ),
    Kind.REUSED_PORT: Meaning(
        "it came and asked for a torrent that is not watched here, or answered for another one than we asked",
        "a peer of a torrent that was watched earlier at this vantage",
        "it takes no part in the swarm in which it was looked for",
    ),
    Kind.TWO_FAMILIES: Meaning(
        "an IPv4 and an IPv6 endpoint of one swarm share a peer_id, or one of them names the other's address",
        "a peer that copies another's id",
        "two addresses, one client: counted as one at least",
    ),
    Kind.TWO_NAMES: Meaning(
        "one torrent was watched under its v1 and its v2 info_hash",
        "nothing: both names are digests of the same bytes",
        "two info_hashes, one torrent: its peers count once",
    ),
    Kind.FAKE_CONTENT: Meaning(
        "what is registered as a work is programs, or archives beside a note about a password",
        "a work that is a program; a work that is sold packed",
        "who has this has not the work, until somebody looked at the content",
    ),
    Kind.MISNAMED: Meaning(
        "it behaves as no run of the client did whose name it gives",
        "other settings, a patched build, a version of the same name, a translator in between",
        "its name says nothing of its software",
    ),
}
