# SPDX-License-Identifier: Apache-2.0
"""Days of one (address, port cluster), numbered by lease: rule 3 of leases.py.

Theory of operation. Rows are many and days few, so rows are summed once into `stays`: what was seen of
one address and port cluster on one day. Everything that a lease says but its number of works is a sum,
minimum or maximum over stays; all later work is on these. Stays of one block, port cluster and day
make a day; days are numbered in order, and every stay is given its day's number. An IPv4 address is a
block of its own, so each of its stays makes a day, and neither grouping nor joining is needed.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw

from swarmwitness.relations.address import with_net
from swarmwitness.relations.engine import Engine, Frame
from swarmwitness.relations.schema import schema

SILENCE = dt.timedelta(days=90)
BRIEF_SILENCE = dt.timedelta(days=3)
BRIEF_KINDS = ("mobile", "vpn")
"""Kinds whose addresses soon are another's: `BRIEF_SILENCE` parts them."""
AGREEMENTS = ("unanimous", "majority", "stale", "unknown", "split")
"""From the firmest to the least firm: a lease shows the least firm of the days that name its holder."""
DAYS = schema(
    net="text",
    port_cluster="int",
    day="date",
    split_no="int",
    org="text",
    kind_="text",
    firmness="int",
)
HOLDER = ("org", "kind_", "firmness", "told_kind")
STAY = ("ip", "port_cluster", "day")
ENDPOINT = ("net", "port_cluster")


def is_six() -> nw.Expr:
    """Whether a row's address is IPv6."""
    return nw.col("ip").str.contains(":", literal=True)


def keyed(rows: Frame) -> Frame:
    """Rows with their port cluster and day."""
    known = nw.when(nw.col("source") != "inbound").then(nw.col("port")).otherwise(nw.lit(0).cast(nw.Int64))
    return rows.with_columns(port_cluster=known, day=nw.col("observed_at").dt.date())


def stays(rows: Frame) -> Frame:
    """One row per address, port cluster and day: first, last, and the sums that a lease is made of."""
    rung, own = nw.col("rung"), nw.col("counts_all")
    given = (rung >= 6) & (rung <= 9)
    zero = nw.lit(0).cast(nw.Int64)
    return (
        keyed(rows)
        .with_columns(
            ladder=nw.when(rung <= 9).then(rung).otherwise(zero),
            progress=nw.when(rung == 4).then(own).otherwise(zero),
            given=nw.when(given).then(nw.col("bytes_received") * own).otherwise(zero),
            family=_family(),
        )
        .group_by(*STAY)
        .agg(
            nw.col("observed_at").min().alias("first"),
            nw.col("observed_at").max().alias("last"),
            nw.col("counts_all").sum().cast(nw.Int64).alias("n_sightings"),
            nw.col("ladder").max().alias("max_rung"),
            nw.col("progress").sum().cast(nw.Int64).alias("n_progressed"),
            nw.col("given").sum().cast(nw.Int64).alias("given_bytes"),
            nw.col("rung_basis").min().alias("basis_low"),
            nw.col("rung_basis").max().alias("basis_high"),
            nw.col("family").min().alias("family"),
            nw.col("family").max().alias("family_last"),
        )
    )


def _family() -> nw.Expr:
    """The client as its peer id names it, `-qB4520-...` (BEP 20), from its handshake up; else null."""
    rung, peer = nw.col("rung"), nw.col("peer_id")
    framed = (peer.str.slice(0, 2) == "2d") & (peer.str.slice(14, 2) == "2d")
    return nw.when(framed & (rung >= 2) & (rung <= 9)).then(peer.str.slice(2, 4))


def held(engine: Engine, stays: Path, attributed: Path) -> Frame:
    """Stays with their block `net`, and org, kind_ and firmness of their holder on that day.

    `told_kind` is the kind that the address is known to be of, whoever holds it: rule 3 (a) asks it.
    """
    each = engine.scan(stays)
    four = each.filter(~is_six()).with_columns(net=nw.col("ip"))
    return nw.concat([four, with_net(each.filter(is_six()))]).join(
        _holders(engine.scan(attributed)), on=["ip", "day"], how="left"
    )


def numbered_stays(held: Frame, several: Frame | None = None) -> Frame:
    """Stays with the split_no (from 0) of their day, and org, kind_ and firmness as their day has them.

    Args:
        held: As `held` gives them.
        several: `restless(held)`, if it was made before.
    """
    names = (*(name for name in held.collect_schema().names() if name != "told_kind"), "split_no")
    alone = nw.col("family") == nw.col("family_last")
    named = ~nw.col("org").is_null()
    several = restless(held) if several is None else several
    four = held.filter(~is_six()).with_columns(
        kind_=nw.when(named).then(nw.col("kind_")), family=nw.when(alone).then(nw.col("family"))
    )
    still = four.join(several, on=list(ENDPOINT), how="anti").with_columns(split_no=nw.lit(0).cast(nw.Int64))
    moving = numbered_days(four.join(several, on=list(ENDPOINT), how="semi"))
    six = held.filter(is_six())
    days = numbered_days(_days(six)).select(*DAYS.names)
    by_day = six.drop(*HOLDER).join(days, on=["net", "port_cluster", "day"], how="inner")
    return nw.concat([each.select(*names) for each in (still, moving, by_day)])


def restless(held: Frame) -> Frame:
    """The IPv4 addresses and port clusters that may have several leases: the others have one each.

    Two organisations or clients, or a time so long that a silence within can part leases. The days of
    these alone must be put in order.
    """
    brief = nw.col("told_kind").is_in(BRIEF_KINDS).fill_null(False)
    each = (
        held.filter(~is_six())
        .with_columns(brief=brief.cast(nw.Int64))
        .group_by(*ENDPOINT)
        .agg(
            nw.col("first").min(),
            nw.col("last").max(),
            nw.col("org").min(),
            nw.col("org").max().alias("org_last"),
            nw.col("family").min(),
            nw.col("family_last").max(),
            nw.col("brief").max(),
        )
    )
    about = nw.col("last") - nw.col("first")
    long = (about > SILENCE) | ((about > BRIEF_SILENCE) & (nw.col("brief") == 1))
    moved = (nw.col("org") != nw.col("org_last")).fill_null(False)
    other = (nw.col("family") != nw.col("family_last")).fill_null(False)
    return each.filter(long | moved | other).select(*ENDPOINT)


def numbered_days(days: Frame) -> Frame:
    """Days with their split_no: how often, up to them, a lease of their block and port cluster ended.

    Args:
        days: One row per (net, port_cluster, day); org, kind_, told_kind and family null where not one
            and the same.
    """
    within = {"order_by": "day"}
    carried = {
        name: nw.col(of).fill_null(strategy="forward").over(*ENDPOINT, **within)
        for name, of in (("known", "org"), ("client", "family"), ("sort", "told_kind"))
    }
    days = days.with_columns(**carried, before=nw.col("last").shift(1).over(*ENDPOINT, **within))
    days = days.with_columns(
        known_before=nw.col("known").shift(1).over(*ENDPOINT, **within),
        client_before=nw.col("client").shift(1).over(*ENDPOINT, **within),
        sort_before=nw.col("sort").shift(1).over(*ENDPOINT, **within),
    )
    return days.with_columns(parted=_parted().cast(nw.Int64)).with_columns(
        split_no=nw.col("parted").cum_sum().over(*ENDPOINT, **within).cast(nw.Int64)
    )


def _days(held: Frame) -> Frame:
    """One row per block, port cluster and day; what is not one and the same all day is null."""
    days = held.group_by("net", "port_cluster", "day").agg(
        nw.col("first").min(),
        nw.col("last").max(),
        nw.col("org").min(),
        nw.col("org").max().alias("org_last"),
        nw.col("kind_").min(),
        nw.col("kind_").max().alias("kind_last"),
        nw.col("told_kind").min(),
        nw.col("told_kind").max().alias("told_last"),
        nw.col("family").min(),
        nw.col("family_last").max(),
        nw.col("firmness").max(),
    )
    one = nw.col("org") == nw.col("org_last")
    return days.with_columns(
        org=nw.when(one).then(nw.col("org")),
        kind_=nw.when(one & (nw.col("kind_") == nw.col("kind_last"))).then(nw.col("kind_")),
        told_kind=nw.when(nw.col("told_kind") == nw.col("told_last")).then(nw.col("told_kind")),
        family=nw.when(nw.col("family") == nw.col("family_last")).then(nw.col("family")),
    )


def _parted() -> nw.Expr:
    """Whether a day begins another lease than the day before it: rule 3 (a), (b), (c)."""
    gap = nw.col("first") - nw.col("before")
    brief = nw.col("sort_before").is_in(BRIEF_KINDS).fill_null(False) & (gap > BRIEF_SILENCE)
    silent = ((gap > SILENCE) | brief).fill_null(False)
    moved = (nw.col("known") != nw.col("known_before")).fill_null(False)
    other = (nw.col("client") != nw.col("client_before")).fill_null(False)
    return silent | moved | other


def _holders(attributed: Frame) -> Frame:
    """(ip, day) -> organisation and kind or null, and how firm the answer is as a number.

    A word that is no agreement is taken for the least firm.
    """
    firmness = nw.lit(AGREEMENTS.index("split")).cast(nw.Int64)
    for at, agreement in enumerate(AGREEMENTS[:-1]):
        said = nw.lit(at).cast(nw.Int64)
        firmness = nw.when(nw.col("org_agreement") == agreement).then(said).otherwise(firmness)
    return attributed.select(
        "ip",
        "day",
        nw.when(nw.col("org_id") != "").then(nw.col("org_id")).alias("org"),
        nw.when(nw.col("org_kind") != "").then(nw.col("org_kind")).alias("kind_"),
        firmness.alias("firmness"),
        nw.when(~nw.col("org_kind").is_in(("", "unknown"))).then(nw.col("org_kind")).alias("told_kind"),
    )
