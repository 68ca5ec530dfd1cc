# SPDX-License-Identifier: Apache-2.0
"""Tables of the questions asked of each set or pair of sets (9, 10, 11): which figures, in which words.

Data alone. A row is one finding. A figure that no column names is still printed, below the tables.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of each finding.

    Attributes:
        key: As in `tests` or `controls`; with `upto` the lower end of an interval.
        unit: count, share, p (a chance) or years (told in days, hours or seconds where it is short).
        upto: Key of the upper end; empty = no interval.
        yearly: Whether it is a count stretched to a year.
    """

    head: str
    key: str
    unit: str = "count"
    upto: str = ""
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table."""

    caption: str
    columns: tuple[Column, ...]


LINKED = (
    Sheet(
        "The control: random anchor sets of equal size. Of them, so many were tied to the candidates "
        "as strongly as the real anchor set. The p by downloads is the one to read; each p is (as "
        "strong + 1) / (sets + 1).",
        (
            Column("Random sets", "random_anchor_sets"),
            Column("As strong, by downloads", "as_strong"),
            Column("p by downloads", "overlap_control_p", "p"),
            Column("As strong, by shared works", "as_strong_union"),
            Column("p by shared works", "overlap_union_control_p", "p"),
            Column("With as few downloads", "as_avoiding"),
            Column("p of too few", "overlap_control_p_avoiding", "p"),
        ),
    ),
    Sheet(
        "Works that both sets have, and what independent users of the same weeks and kinds of work "
        "would share (the null account). z: how many standard deviations lie between.",
        (
            Column("Shared works", "overlap_observed"),
            Column("Expected", "overlap_expected"),
            Column("Standard deviation", "overlap_sd"),
            Column("z", "overlap_z"),
            Column("z, median of the random sets", "overlap_z_random_median"),
            Column("p of so many or more", "overlap_p_upper", "p"),
            Column("p of so many or fewer", "overlap_p_lower", "p"),
        ),
    ),
    Sheet(
        "How much there is to compare (works of all scopes), and the candidates’ downloads of the "
        "anchors’ works (Mantel-Haenszel z).",
        (
            Column("Works of the candidates", "overlap_candidate_works"),
            Column("Works of the anchors", "overlap_anchor_works"),
            Column("Candidates’ downloads that can inform", "overlap_informative_share", "share"),
            Column("z by downloads", "overlap_mantel_haenszel_z"),
            Column(
                "z by downloads that 2.5\u202f% of the random sets exceed",
                "overlap_mantel_haenszel_z_random_97_5",
            ),
        ),
    ),
)
LATENCY = (
    Sheet(
        "Days from a work’s release to its first sighting at an address: so many days had passed when "
        "a tenth, a quarter, half of the downloads had been seen. A monitor that polls late lengthens "
        "them. Interval: 95\u202f%, whole addresses resampled.",
        (
            Column("A tenth", "latency_quantile_0.1_days"),
            Column("A quarter", "latency_quantile_0.25_days"),
            Column("Half (median)", "latency_quantile_0.5_days"),
            Column("95\u202f% interval", "latency_median_days_low95", upto="latency_median_days_high95"),
            Column("Three quarters", "latency_quantile_0.75_days"),
            Column("Nine tenths", "latency_quantile_0.9_days"),
        ),
    ),
    Sheet(
        "What these days rest on, and the share of the downloads seen within a day of the release.",
        (
            Column("Downloads", "latency_downloads"),
            Column("Addresses", "latency_addresses"),
            Column("Within a day", "latency_within_a_day_share", "share"),
            Column(
                "95\u202f% interval",
                "latency_within_a_day_share_low95",
                "share",
                upto="latency_within_a_day_share_high95",
            ),
            Column("Seen before release", "latency_downloads_before_release"),
            Column("Release unknown", "latency_downloads_without_release"),
        ),
    ),
)
RATE = (
    Sheet(
        "Distinct works per year, each counted in the year in which the set was first seen with it. "
        "Interval: exact Poisson, 95\u202f%; it holds for a steady rate only. Dispersion: 1 is steady "
        "chance, above it the years differ more than chance makes them; p is the chance of a "
        "dispersion at least so large at a steady rate.",
        (
            Column("Works", "rate_works"),
            Column("Watched for", "rate_watched_years", "years"),
            Column("Works per year", "rate_works_per_year", yearly=True),
            Column(
                "95\u202f% interval",
                "rate_works_per_year_low95",
                upto="rate_works_per_year_high95",
                yearly=True,
            ),
            Column("Dispersion", "rate_dispersion"),
            Column("p", "rate_dispersion_p", "p"),
        ),
    ),
)
SHEETS: dict[int, tuple[Sheet, ...]] = {9: LINKED, 10: LATENCY, 11: RATE}
BY_YEAR = "rate_works_first_seen_in_"
NAMES = {"latency": "The days", "rate": "The rate", "overlap": "The test"}
"""What a method is of, by how its keys begin."""
