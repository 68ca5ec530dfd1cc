# SPDX-License-Identifier: Apache-2.0
"""The null of overlap: within a week and a kind, whose download was whose is a matter of chance.

Theory of operation. A stratum is (week of first seen, kind of work). If the candidates are
independent users like everybody else, then within a stratum the downloads of candidates and of all
others are exchangeable: given everything that was fetched in that week of that kind (X downloads, x of
them of work w), the candidates' M downloads are a draw without replacement. So

    P(no candidate download in this stratum is of w) = C(X - x, M) / C(X, M),

and w is missing from the candidates' union with the product over strata. Nothing is smoothed or
fitted, hence a thin stratum cannot bias the null: where only candidates fetched, nothing can be
exchanged, and expectation equals observation (`informative` says how much is not so). Weeks are not
pooled: that would need a width, and gains nothing where the null is already exact.

One address never fetches a work twice, so a basket of m downloads by one address in one stratum
covers more works than m blind draws. Its *effective draws* are the number of draws without
replacement whose expected count of distinct works is m (1 for m = 1).

The anchors' own downloads are taken out of the stratum before the count: the set under test must
not feed its own null. The anchors' works are given, not random.

The union pays for exactness with power: once the candidates' works cover most of what was popular, more
copies hardly move it. So there is also a *score* that does not saturate: the candidates' downloads of
the set's works against their expectation in the same exchange, in standard deviations (Mantel and
Haenszel, J. Natl. Cancer Inst. 22, 1959, 719-748). It ranks an anchor set among random ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from swarmwitness.inference.downloads import BoolArray, Downloads, FloatArray, IntArray

BISECTIONS = 40
NOT_DRAWN = -1


@dataclass(frozen=True, slots=True)
class Shared:
    """The overlap with one set.

    Attributes:
        observed: Works of the set that a candidate fetched too.
        null: Probability of that for each of the set's works, shape (n_works_of_the_set,).
        score: Mantel-Haenszel z of the candidates' downloads of the set's works; 0 if nothing is at stake.
    """

    observed: int
    null: FloatArray
    score: float

    @property
    def expected(self) -> float:
        """Mean of the count under the null."""
        return float(self.null.sum())

    @property
    def sd(self) -> float:
        """Standard deviation of independent trials: an upper bound of the null's."""
        return float(np.sqrt((self.null * (1 - self.null)).sum()))

    @property
    def z(self) -> float | None:
        """(observed - expected) / sd; None if the null leaves nothing to chance."""
        return (self.observed - self.expected) / self.sd if self.sd > 0 else None


@dataclass(frozen=True, slots=True)
class Strata:
    """Everything fetched by stratum and work, with the candidates' draws.

    A cell is a (work, stratum) pair with at least one download, in a stratum in which the candidates
    draw; cells stand in order of work.

    Attributes:
        size: Downloads of everyone, shape (n_strata,).
        draws: Effective draws of the candidates, shape (n_strata,).
        theirs: Downloads of the candidates, shape (n_strata,).
        cell_count: Downloads of everyone, shape (n_cells,).
        cell_theirs: Downloads of the candidates, shape (n_cells,).
        cell_stratum: Shape (n_cells,).
        work_start: Cells of work w are work_start[w]:work_start[w + 1].
        row_work, row_stratum, row_cell: Of each download, shape (n,); works renumbered from 0; a row in
            no cell has NOT_DRAWN.
        fetched: Whether a candidate fetched the work, shape (n_works,).
        informative: Share of the candidates' downloads in strata where others fetched too, 0-1.
    """

    size: IntArray
    draws: FloatArray
    theirs: IntArray
    cell_count: IntArray
    cell_theirs: IntArray
    cell_stratum: IntArray
    work_start: IntArray
    row_work: IntArray
    row_stratum: IntArray
    row_cell: IntArray
    fetched: BoolArray
    informative: float

    @classmethod
    def of(cls, downloads: Downloads, is_candidate: BoolArray, is_anchor: BoolArray) -> Strata:
        """Sort the downloads into strata; masks have shape (n,)."""
        stratum = _renumbered(downloads.week * (downloads.kind.max() + 1) + downloads.kind)
        work = _renumbered(downloads.work)
        n_strata, n_works = int(stratum.max()) + 1, int(work.max()) + 1
        cells, row_cell, cell_count = np.unique(
            work * n_strata + stratum, return_inverse=True, return_counts=True
        )
        size = np.bincount(stratum, minlength=n_strata)
        draws = _effective_draws(
            downloads.actor[is_candidate], stratum[is_candidate], size, cells % n_strata, cell_count
        )
        # Where the candidates draw nothing there is nothing to ask; random sets ask by the thousand.
        drawn = draws[cells % n_strata] > 0
        row_cell = np.where(drawn, np.cumsum(drawn) - 1, NOT_DRAWN)[row_cell]
        cells, cell_count = cells[drawn], cell_count[drawn]
        return cls(
            size=size,
            draws=draws,
            theirs=np.bincount(stratum[is_candidate], minlength=n_strata),
            cell_count=cell_count,
            cell_theirs=np.bincount(row_cell[is_candidate], minlength=cells.size),
            cell_stratum=cells % n_strata,
            work_start=np.searchsorted(cells // n_strata, np.arange(n_works + 1)),
            row_work=work,
            row_stratum=stratum,
            row_cell=row_cell,
            fetched=np.bincount(work[is_candidate], minlength=n_works) > 0,
            informative=_informative(stratum[is_candidate], stratum[~is_candidate & ~is_anchor], n_strata),
        )

    def against(self, rows: IntArray) -> Shared:
        """The overlap with the set of addresses that made these downloads (none of them a candidate's)."""
        works = np.unique(self.row_work[rows])
        cells, owner = _ranges(self.work_start[works], self.work_start[works + 1] - self.work_start[works])
        stratum = self.cell_stratum[cells]
        own = self.row_cell[rows]
        own = np.bincount(own[own != NOT_DRAWN], minlength=self.cell_count.size)
        count = (self.cell_count - own)[cells]
        size = self.size - np.bincount(self.row_stratum[rows], minlength=self.size.size)
        draws = np.minimum(self.draws, size)
        weights = log_absent_in(size, draws, stratum, count)
        absent = np.bincount(owner, weights=weights, minlength=works.size)
        score = self._score(size, self._by_stratum(stratum, count), int(self.cell_theirs[cells].sum()))
        return Shared(int(self.fetched[works].sum()), np.clip(1.0 - np.exp(absent), 0.0, 1.0), score)

    def _by_stratum(self, stratum: IntArray, count: IntArray) -> FloatArray:
        return np.bincount(stratum, weights=count, minlength=self.size.size).astype(np.float64)

    def _score(self, size: IntArray, marked: FloatArray, hits: int) -> float:
        """Mantel-Haenszel z: `hits` downloads of marked works by candidates; `marked` of `size` a stratum."""
        n, k, m = np.maximum(size, 1).astype(np.float64), marked, self.theirs
        expected = float((m * k / n).sum())
        variance = float((m * (n - m) * k * (n - k) / (n * n * np.maximum(n - 1, 1))).sum())
        return (hits - expected) / variance**0.5 if variance > 1e-9 else 0.0


def _informative(candidates: IntArray, background: IntArray, n_strata: int) -> float:
    """Share of the candidates' downloads (strata of them) in strata with background."""
    exchangeable = np.bincount(background, minlength=n_strata) > 0
    return float(exchangeable[candidates].mean())


def log_absent(size: IntArray, draws: FloatArray, count: IntArray) -> FloatArray:
    """`log_absent_in` where every cell is a stratum of its own."""
    return log_absent_in(size, draws, np.arange(size.size), count)


def log_absent_in(size: IntArray, draws: FloatArray, stratum: IntArray, count: IntArray) -> FloatArray:
    """ln of the probability that none of the draws without replacement is one of `count` among `size`.

    Draws may be fractional (gamma functions in the place of factorials). Gamma functions of whole
    numbers come from a table and those of a stratum are worked out once: random sets by the thousand
    ask for nothing else.

    Args:
        size, draws: Of each stratum, shape (n_strata,).
        stratum, count: Of each cell, shape (n_cells,).
    """
    factorial = gammaln(np.arange(int(size.max(initial=0)) + 2) + 1.0)  # ln k! for k = 0, 1, …
    of_stratum = gammaln(size - draws + 1.0) - factorial[size]
    rest = size[stratum] - count
    left = rest - draws[stratum]
    possible = left > -1e-9
    value = factorial[np.maximum(rest, 0)] + of_stratum[stratum] - gammaln(np.maximum(left, 0.0) + 1.0)
    # A work that nobody fetched, or no draw at all, is absent for certain: exactly 0, not a rounding.
    certain = (count == 0) | (draws[stratum] == 0)
    return np.where(certain, 0.0, np.where(possible, np.minimum(value, 0.0), -np.inf))


def _renumbered(values: IntArray) -> IntArray:
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)


def _ranges(starts: IntArray, lengths: IntArray) -> tuple[IntArray, IntArray]:
    """The numbers start … start + length - 1 of each pair, end to end, and which pair each belongs to."""
    owner = np.repeat(np.arange(starts.size), lengths)
    within = np.arange(owner.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return starts[owner] + within, owner


def _effective_draws(
    actor: IntArray, stratum: IntArray, size: IntArray, cell_stratum: IntArray, cell_count: IntArray
) -> FloatArray:
    """Sum over the candidates' baskets of their effective draws, shape (n_strata,)."""
    n_strata = size.size
    baskets, m = np.unique(actor * n_strata + stratum, return_counts=True)
    sizes = int(m.max(initial=0)) + 1
    sorts, which = np.unique((baskets % n_strata) * sizes + m, return_inverse=True)
    draws = _solve(sorts // sizes, sorts % sizes, size, cell_stratum, cell_count)
    return np.bincount(baskets % n_strata, weights=draws[which], minlength=n_strata).astype(np.float64)


def _solve(
    stratum: IntArray, m: IntArray, size: IntArray, cell_stratum: IntArray, cell_count: IntArray
) -> FloatArray:
    """Draws whose expected distinct works are m, by bisection, one for each (stratum, m)."""
    order = np.argsort(cell_stratum, kind="stable")
    first = np.searchsorted(cell_stratum[order], np.arange(size.size + 1))
    several = np.flatnonzero(m > 1)
    cells, owner = _ranges(first[stratum[several]], first[stratum[several] + 1] - first[stratum[several]])
    count, total = cell_count[order][cells], size[stratum[several]]
    low, high = m[several].astype(np.float64), total.astype(np.float64)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        found = 1.0 - np.exp(log_absent(total[owner], middle[owner], count))
        short = np.bincount(owner, weights=found, minlength=several.size) < m[several]
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    draws = m.astype(np.float64)
    draws[several] = high
    return draws
