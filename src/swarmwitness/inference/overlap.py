# SPDX-License-Identifier: Apache-2.0
"""Do the candidates share more works with the anchors than week and kind explain?

The statistic is the number of distinct works in both unions. Its null is `strata.py`, its tails
`poisson_binomial.py`. Labels drawn without replacement are negatively associated (Joag-Dev and
Proschan, Ann. Statist. 11, 1983, 286-295), so the sum varies less than that of independent trials
and the tails err to the safe side, as long as the downloads of one address are independent given week
and kind. The control ranks the anchors among random sets of equal size (`control.py`) by the candidates'
downloads of the set's works: it has more power, and holds whatever the candidates' tastes, if the anchors
are addresses like the others.
The union's p-value also moves with how the candidates treat each other: a set that repeats itself shares
fewer works with anybody, one that splits its works shares more. So the union's z is ranked too.
How wrong each can be is measured in docs/method/09-overlap.md. No ratio is formed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from swarmwitness.inference.control import matched_sets
from swarmwitness.inference.downloads import BoolArray, Downloads, IntArray
from swarmwitness.inference.poisson_binomial import MAX_EXACT, Tails, tails
from swarmwitness.inference.strata import Shared, Strata
from swarmwitness.terms import Inconclusive

METHOD_VERSION = "0.1.0"
UNINFORMATIVE = 7.0
"""Expected overlap below which even no overlap at all is no surprise (exp(-7) = 0.0009)."""
TIE = 1e-9
CONTROL_POINTS = (0.025, 0.5, 0.975)


@dataclass(frozen=True, slots=True)
class Control:
    """What the same question finds for random anchor sets.

    Attributes:
        random_anchor_sets: How many were drawn.
        as_strong: Sets whose score is at least the anchors' (ties count as strong).
        as_avoiding: Sets whose score is at most the anchors'.
        as_strong_union: Sets whose z of the union is at least the anchors'.
        score: The anchors' Mantel-Haenszel z (downloads of their works by candidates).
        random_scores: The 2.5, 50 and 97.5 % points of the random sets' scores.
        random_z_median: The median of their union's z.
        downloads_per_address: Mean of the anchors, and mean over the random sets.
    """

    random_anchor_sets: int
    as_strong: int
    as_avoiding: int
    as_strong_union: int
    score: float
    random_scores: tuple[float, float, float]
    random_z_median: float
    downloads_per_address: tuple[float, float]

    @property
    def p(self) -> float:
        """(as_strong + 1) / (n + 1): a p-value if the anchors are addresses like the background's."""
        return (self.as_strong + 1) / (self.random_anchor_sets + 1)

    @property
    def p_union(self) -> float:
        """The same for the works in both unions."""
        return (self.as_strong_union + 1) / (self.random_anchor_sets + 1)

    @property
    def p_avoiding(self) -> float:
        """The same for overlap that is smaller than expected."""
        return (self.as_avoiding + 1) / (self.random_anchor_sets + 1)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Evidence of the overlap of two unions of works.

    Attributes:
        observed: Distinct works in both unions.
        expected: Its mean under the null (lambda).
        sd: Its standard deviation under the null, of independent trials: an upper bound.
        z: (observed - expected) / sd; None if the null leaves nothing to chance.
        tails: The p-values.
        control: None where the background is smaller than twice the anchors.
        informative_share: Share of the candidates' downloads in strata where others fetched too.
    """

    observed: int
    expected: float
    sd: float
    z: float | None
    tails: Tails
    control: Control | None
    n_candidate_works: int
    n_anchor_works: int
    n_candidate_downloads: int
    n_candidates: int
    n_anchors: int
    n_background: int
    n_strata: int
    informative_share: float
    seed: int
    notes: tuple[str, ...]
    method_version: str = METHOD_VERSION

    def to_tests(self) -> dict[str, float | int | None]:
        """What a finding's `tests` holds: figures, never a ratio. Floats with nine digits."""
        figures: dict[str, float | int | None] = {
            "overlap_observed": self.observed,
            "overlap_expected": self.expected,
            "overlap_sd": self.sd,
            "overlap_z": self.z,
            "overlap_p_upper": self.tails.upper,
            "overlap_p_lower": self.tails.lower,
            "overlap_candidate_works": self.n_candidate_works,
            "overlap_anchor_works": self.n_anchor_works,
            "overlap_informative_share": self.informative_share,
            "overlap_control_p": self.control.p if self.control else None,
            "overlap_control_p_avoiding": self.control.p_avoiding if self.control else None,
            "overlap_union_control_p": self.control.p_union if self.control else None,
            "overlap_z_random_median": self.control.random_z_median if self.control else None,
            "overlap_mantel_haenszel_z": self.control.score if self.control else None,
            "overlap_mantel_haenszel_z_random_97_5": self.control.random_scores[2] if self.control else None,
        }
        return {name: _nine_digits(value) for name, value in figures.items()}

    def to_controls(self) -> dict[str, int] | None:
        """What a finding's `controls` holds."""
        if self.control is None:
            return None
        return {
            "random_anchor_sets": self.control.random_anchor_sets,
            "as_strong": self.control.as_strong,
            "as_strong_union": self.control.as_strong_union,
            "as_avoiding": self.control.as_avoiding,
        }


def measure_overlap(
    downloads: Downloads,
    candidates: IntArray,
    anchors: IntArray,
    *,
    seed: int,
    random_anchor_sets: int = 1000,
) -> Overlap | Inconclusive:
    """Compare the union of the candidates' works with the union of the anchors'.

    Args:
        downloads: Of everyone: candidates, anchors and the background, in all scopes.
        candidates, anchors: Addresses (as in `downloads.actor`). An address in both is an anchor.
        seed: Of the random anchor sets. The order of `downloads` matters to them: keep it total.

    Returns:
        The evidence, or why there is none.
    """
    is_anchor = downloads.by(anchors)
    parties = _Parties(downloads, downloads.by(candidates) & ~is_anchor, is_anchor)
    if missing := parties.missing():
        return Inconclusive(f"no_data: {missing}")
    strata = Strata.of(downloads, parties.is_candidate, is_anchor)
    if strata.informative == 0:
        return Inconclusive("no_data: nobody else fetched in the candidates' weeks and kinds")
    shared = strata.against(np.flatnonzero(is_anchor))
    control = _control(parties, strata, shared, np.random.default_rng(seed), random_anchor_sets)
    n_both = np.intersect1d(candidates, anchors).size
    return Overlap(
        observed=shared.observed,
        expected=shared.expected,
        sd=shared.sd,
        z=shared.z,
        tails=tails(shared.null, shared.observed),
        control=control,
        n_candidate_works=int(strata.fetched.sum()),
        n_anchor_works=shared.null.size,
        n_candidate_downloads=int(parties.is_candidate.sum()),
        n_candidates=_distinct(downloads.actor[parties.is_candidate]),
        n_anchors=_distinct(downloads.actor[is_anchor]),
        n_background=_distinct(downloads.actor[parties.is_background]),
        n_strata=strata.size.size,
        informative_share=strata.informative,
        seed=seed,
        notes=tuple(_notes(shared, strata.informative, n_both, control)),
    )


@dataclass(frozen=True, slots=True)
class _Parties:
    """Who is who among the downloads; masks of shape (n,)."""

    downloads: Downloads
    is_candidate: BoolArray
    is_anchor: BoolArray

    @property
    def is_background(self) -> BoolArray:
        return ~(self.is_candidate | self.is_anchor)

    def missing(self) -> str:
        """What is lacking for any comparison; empty if nothing is."""
        if not self.is_candidate.any():
            return "the candidates have no download"
        if not self.is_anchor.any():
            return "the anchors have no download"
        if not self.is_background.any():
            return "no background: every download is a candidate's or an anchor's"
        return ""


def _control(
    parties: _Parties, strata: Strata, found: Shared, rng: np.random.Generator, n_sets: int
) -> Control | None:
    """Ask the same question of random sets of addresses."""
    actor = parties.downloads.actor
    rows = np.flatnonzero(~parties.is_candidate)
    rows = rows[np.argsort(actor[rows], kind="stable")]
    _, first, counts = np.unique(actor[rows], return_index=True, return_counts=True)
    is_anchor = parties.is_anchor[rows[first]]
    ours = counts[is_anchor]
    if n_sets < 1 or counts.size < 3 * ours.size:
        return None
    scores, unions, drawn = np.empty(n_sets), np.empty(n_sets), 0
    for i, picked in enumerate(matched_sets(is_anchor, counts, n_sets, rng)):
        of_set = np.concatenate([rows[first[a] : first[a] + counts[a]] for a in picked])
        random = strata.against(of_set)
        scores[i], unions[i] = random.score, random.z or 0.0
        drawn += of_set.size
    low, median, high = (float(x) for x in np.quantile(scores, CONTROL_POINTS))
    return Control(
        random_anchor_sets=n_sets,
        as_strong=int((scores >= found.score - TIE).sum()),
        as_avoiding=int((scores <= found.score + TIE).sum()),
        as_strong_union=int((unions >= (found.z or 0.0) - TIE).sum()),
        score=found.score,
        random_scores=(low, median, high),
        random_z_median=float(np.median(unions)),
        downloads_per_address=(float(ours.mean()), drawn / n_sets / ours.size),
    )


def _notes(shared: Shared, informative: float, n_both: int, control: Control | None) -> Iterator[str]:
    if shared.expected < UNINFORMATIVE:
        few = f"{shared.expected:.3g}"
        yield f"uninformative below: with {few} shared works expected, none would be no surprise"
    if informative < 0.5:
        alone = f"{1 - informative:.0%}"
        yield f"{alone} of the candidates' downloads lie in weeks and kinds where nobody else fetched"
    if shared.null.size > MAX_EXACT:
        yield f"more than {MAX_EXACT} anchor works: tails by the refined normal approximation"
    if n_both:
        yield f"{n_both} addresses stand in both sets and were kept as anchors alone"
    if control is None:
        yield "no random anchor sets: the background holds fewer than twice as many addresses as the anchors"
        return
    ours, theirs = control.downloads_per_address
    if not 0.8 <= theirs / ours <= 1.25:
        yield f"random sets differ from the anchors in downloads per address: {theirs:.3g} against {ours:.3g}"


def _distinct(values: IntArray) -> int:
    return int(np.unique(values).size)


def _nine_digits(value: float | int | None) -> float | int | None:
    return float(f"{value:.9g}") if isinstance(value, float) else value
