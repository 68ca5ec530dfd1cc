# SPDX-License-Identifier: Apache-2.0
"""The columns of every table, in and out (interchange). One table of data; no code to speak of.

A column may be added, never renamed or given another meaning. `kind` is one of
timestamp (µs, UTC), date, ip, prefix, text, int, float, bool, hex.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: As in the file's header.
        kind: The type, see above.
        required: Whether a table without the column (or a row without a value) is refused.
        note: Unit, range or meaning, for the published schema.
    """

    name: str
    kind: str
    required: bool = False
    note: str = ""


SIGHTINGS = (
    Column("observed_at", "timestamp", True, "UTC"),
    Column("ip", "ip", True, "IPv4-mapped IPv6 is folded to IPv4"),
    Column("port", "int", note="1-65535 or empty"),
    Column("info_hash", "hex", True, "40 or 64 hex digits"),
    Column("rung", "int", note="0-11 or its name, empty = 0; asserted by a foreign table"),
    Column("source", "text", note="tracker, dht, pex, lsd, outbound, inbound, capture, import"),
    Column("client", "text"),
    Column("peer_id", "hex", note="40 hex digits"),
    Column("progress", "float", note="0-1, as claimed"),
    Column("bytes_received", "int", note="bytes of the work received from this peer and verified"),
    Column("collector", "text", note="who saw it"),
    Column("sighting_id", "text"),
    Column("exhibit", "text", note="log:ORIGIN/INDEX or file:SHA256#ROW"),
    Column("connection_id", "text"),
    Column("observed_until", "timestamp", note="UTC"),
    Column("observed_at_precision_s", "float", note="seconds"),
    Column("time_error_s", "float", note="seconds"),
    Column("pieces", "hex", note="bitfield"),
    Column("reserved", "hex", note="16 hex digits"),
    Column("ltep", "hex", note="raw extension handshake"),
    Column("transport", "text", note="tcp, utp, tcp+mse, utp+mse: how the peer was spoken with"),
    Column("said_by", "text", note="who named it: a tracker (scheme, host, port) or an endpoint"),
    Column("time_tainted", "bool", note="the clock was not known to be within its bound"),
)
SOURCES = ("tracker", "dht", "pex", "lsd", "outbound", "inbound", "capture", "import")

WORKS = (
    Column("info_hash", "hex", True, "40 or 64 hex digits"),
    Column("title", "text", True),
    Column("work_id", "text", note="several info_hashes may share one; default = info_hash"),
    Column("path", "text", note="glob inside the torrent: one row per work of a bundle"),
    Column("released_at", "timestamp", note="UTC"),
    Column("owner", "text", note="`case` for registered works, else free text"),
    Column("kind", "text", note="film, episode, book, audio, software, image-set, other"),
    Column("genre", "text"),
    Column("language", "text"),
    Column("series", "text"),
    Column("season", "int"),
    Column("episode", "int"),
    Column("product", "text"),
    Column("version", "text"),
    Column("size_bytes", "int", note="bytes"),
    Column("sensitive", "bool"),
)
WORK_KINDS = ("film", "episode", "book", "audio", "software", "image-set", "other")

NETWORKS = (
    Column("prefix", "prefix", True),
    Column("org_id", "text", True),
    Column("org_name", "text"),
    Column("asn", "text", note="space-separated set of numbers"),
    Column("kind", "text", note="corporate, datacentre, residential, mobile, vpn, education, unknown"),
    Column("valid_from", "date", note="half-open; empty = unbounded"),
    Column("valid_to", "date", note="half-open; empty = unbounded"),
    Column("as_of", "date", note="snapshot date"),
    Column("source", "text"),
    Column("says", "text", note="organisation (default), kind, authority, place: what the row speaks of"),
    Column("service", "text", note="tor_exit, seedbox, proxy, relay, cdn, …: a closer word than kind"),
    Column("derived_from", "text", note="file:SHA256#PLACE: where it stood in the file as it was published"),
)
NETWORK_TOPICS = ("organisation", "kind", "authority", "place")
NETWORK_KINDS = ("corporate", "datacentre", "residential", "mobile", "vpn", "education", "unknown")

ORGANISATIONS = (
    Column("member_id", "text", True, "an org_id of networks tables, as asNNN for an autonomous system"),
    Column("org_id", "text", True, "the organisation that it belongs to or is another name of"),
    Column("org_name", "text"),
    Column("relation", "text", note="same, subsidiary, former, brand"),
    Column("valid_from", "date", note="half-open; empty = unbounded"),
    Column("valid_to", "date", note="half-open; empty = unbounded"),
    Column("source", "text"),
)
ORGANISATION_RELATIONS = ("same", "subsidiary", "former", "brand")

COVERAGE = (
    Column("info_hash", "hex", True, "40 or 64 hex digits"),
    Column("watched_from", "timestamp", True, "UTC"),
    Column("watched_to", "timestamp", True, "UTC, half-open"),
    Column("polls_per_day", "float"),
    Column("collector", "text", note="empty = all"),
    Column("vantage", "text"),
    Column("source", "text"),
)
POLLS = (
    Column("collector", "text", True),
    Column("info_hash", "hex", True),
    Column("polled_at", "timestamp", True, "UTC"),
    Column("outcome", "text", True, "`answered` alone is an answer"),
    Column("source", "text", note="tracker or dht"),
)
REJECTED = (
    Column("file", "text", True),
    Column("line", "int", True, "first line of the record in a CSV file, record number in Parquet; from 1"),
    Column("reason", "text", True),
    Column("row", "text", True, "the record as it stood"),
)
LEASES = (
    Column("lease_id", "text", True, "first 16 hex digits of SHA-256(ip, port_cluster, first_seen)"),
    Column("ip", "ip", True),
    Column("port_cluster", "int", True),
    Column("first_seen", "timestamp", True, "UTC"),
    Column("last_seen", "timestamp", True, "UTC"),
    Column("n_sightings", "int", True),
    Column("n_works", "int", True),
    Column("org_id", "text"),
    Column("org_kind", "text"),
    Column("org_agreement", "text", True, "unanimous, majority, split, unknown, stale"),
    Column("max_rung", "int", True, "0-9"),
    Column("rung_basis", "text", True, "asserted, replayed, mixed"),
    Column("progressed", "bool", True),
    Column("given_bytes", "int", True, "bytes"),
)
LINKS = (
    Column("candidate_set", "text", True),
    Column("unit", "text", True, "lease, address, set"),
    Column("lease_id", "text"),
    Column("ip", "ip"),
    Column("anchor_set", "text", True),
    Column("log10_lr", "float"),
    Column("log10_lr_low", "float"),
    Column("log10_lr_high", "float"),
    Column("log10_lr_vs_independent", "float"),
    Column("log10_lr_vs_same_feed", "float"),
    Column("log10_lr_vs_intermediary", "float"),
    Column("e_value", "float"),
    Column("confirmed", "bool"),
    Column("n_works", "int", True),
    Column("n_shared", "int", True),
    Column("verdict", "text"),
)
AUTOMATION = (
    Column("lease_id", "text", True),
    Column("ip", "ip", True),
    Column("n_events", "int", True),
    Column("log10_lr_unattended", "float"),
    Column("log10_lr", "float", note="professional collection, smallest over the rivals"),
    Column("log10_lr_vs_person", "float"),
    Column("log10_lr_vs_nat", "float"),
    Column("log10_lr_vs_home_feed", "float"),
    Column("log10_lr_vs_monitor", "float"),
    Column("verdict", "text"),
)
USERS = (
    Column("lease_id", "text", True),
    Column("ip", "ip", True),
    Column("clients_low", "int"),
    Column("n_low", "int"),
    Column("n_estimate", "float"),
    Column("n_high", "int"),
    Column("binding", "text", note="which bound binds"),
)
SUPPORT = (
    Column("finding_id", "text", True),
    Column("count_index", "int", True),
    Column("exhibit", "text", True),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "sightings": SIGHTINGS,
    "works": WORKS,
    "networks": NETWORKS,
    "organisations": ORGANISATIONS,
    "coverage": COVERAGE,
    "polls": POLLS,
    "rejected": REJECTED,
    "leases": LEASES,
    "links": LINKS,
    "automation": AUTOMATION,
    "users": USERS,
    "support": SUPPORT,
}
