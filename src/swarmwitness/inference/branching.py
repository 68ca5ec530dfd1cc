# SPDX-License-Identifier: Apache-2.0
"""The least number of copies that one holder must send so that everybody who is known to get one can.

Theory of operation. Nodes are the peers but the holder; an arc u -> v says that u, once it has the piece, may
have given it to v. Copies along arcs cost nothing, copies from the holder cost one. Those who are
known to get the piece (`wanted`) each need a unit of flow from the holder, and the flow of each may use what
was sent anyway: min sum x(holder, v) with f_t <= x for every wanted t. Whatever truly happened is
a solution (cuts: the first of any set to complete the piece got all of it from outside), so the optimum
is never above the truth. It is a relaxation of a directed Steiner tree, which is hard; without relays
that serve two it is a branching, and counting strong components solves it (Edmonds 1967).
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from swarmwitness.inference.downloads import BoolArray, IntArray

MAX_VARIABLES = 200_000
"""Above this, one copy is all that is claimed: always a valid bound."""


def least_copies(feeds: BoolArray, from_holder: BoolArray, wanted: IntArray) -> float:
    """Copies that the holder sent at least; may be a fraction, which is a valid bound too.

    Args:
        feeds: May u have given to v, shape (n, n).
        from_holder: May the holder have given to v, shape (n,).
        wanted: Who is known to have got the piece from somebody, at least one.

    Returns:
        1.0 as well where no way leads to one of the wanted: then connections are missing.
    """
    node_of, arcs, fed = _contracted(feeds, from_holder)
    reach = _reachable(arcs)
    ends = np.unique(node_of[wanted])
    needed = [int(t) for t in ends if not any(reach[s, t] for s in ends if s != t)]
    if not all(fed[reach[:, t]].any() for t in needed):
        return 1.0
    relays = np.flatnonzero(reach[:, needed].any(axis=1))
    if reach[np.ix_(relays, np.asarray(needed))].sum(axis=1).max(initial=0) <= 1:
        return float(len(needed))
    return _solved(
        arcs[np.ix_(relays, relays)], fed[relays], [int(np.flatnonzero(relays == t)[0]) for t in needed]
    )


def _contracted(feeds: BoolArray, from_holder: BoolArray) -> tuple[IntArray, BoolArray, BoolArray]:
    """Strong components as nodes: inside one, one copy serves all."""
    n, labels = connected_components(cast(Any, csr_array(feeds)), directed=True, connection="strong")
    arcs = np.zeros((n, n), dtype=bool)
    sources, targets = np.nonzero(feeds)
    arcs[labels[sources], labels[targets]] = True
    np.fill_diagonal(arcs, False)
    fed = np.zeros(n, dtype=bool)
    fed[labels[from_holder]] = True
    return np.asarray(labels, dtype=np.int64), arcs, fed


def _reachable(arcs: BoolArray) -> BoolArray:
    """Reflexive closure by squaring."""
    reach = arcs | np.eye(arcs.shape[0], dtype=bool)
    while True:
        further = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
        if (further == reach).all():
            return reach
        reach = further


def _solved(arcs: BoolArray, fed: BoolArray, needed: list[int]) -> float:
    """The linear programme: x for each arc, then a flow for each of the needed, all at least 0."""
    n = arcs.shape[0]
    tails, heads = np.nonzero(arcs)
    served = np.flatnonzero(fed)
    tails = np.concatenate([tails, np.full(served.size, n)])
    heads = np.concatenate([heads, served])
    n_arcs = tails.size
    if n_arcs * (len(needed) + 1) > MAX_VARIABLES:
        return 1.0
    cost = np.zeros(n_arcs * (len(needed) + 1))
    cost[:n_arcs] = tails == n
    # The solver takes sparse matrices; its type stubs do not say so.
    balance: Any
    balance, flow = _balances(tails, heads, n, needed)
    limits: Any = _limits(n_arcs, len(needed))
    solution = linprog(
        cost, A_ub=limits, b_ub=np.zeros(limits.shape[0]), A_eq=balance, b_eq=flow, method="highs"
    )
    if solution.status != 0:
        return 1.0
    # What the solver may be off by must not raise the bound.
    return max(1.0, float(solution.fun or 0.0) - 1e-6)


def _balances(tails: IntArray, heads: IntArray, n: int, needed: list[int]) -> tuple[csr_array, IntArray]:
    """Every node passes on what it gets; the one that the flow is for keeps one unit."""
    n_arcs, rows, columns, values = tails.size, [], [], []
    inner = np.flatnonzero(tails != n)
    for at in range(len(needed)):
        first = n_arcs * (at + 1)
        rows += [heads + at * n, tails[inner] + at * n]
        columns += [first + np.arange(n_arcs), first + inner]
        values += [np.ones(n_arcs), -np.ones(inner.size)]
    shape = (n * len(needed), n_arcs * (len(needed) + 1))
    flow = np.zeros(shape[0], dtype=np.int64)
    flow[[at * n + t for at, t in enumerate(needed)]] = 1
    matrix = coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    return matrix.tocsr(), flow


def _limits(n_arcs: int, n_flows: int) -> csr_array:
    """f_t(a) - x(a) <= 0."""
    rows = np.arange(n_arcs * n_flows)
    values = np.concatenate([np.ones(rows.size), -np.ones(rows.size)])
    columns = np.concatenate([n_arcs + rows, rows % n_arcs])
    shape = (rows.size, n_arcs * (n_flows + 1))
    return coo_array((values, (np.concatenate([rows, rows]), columns)), shape=shape).tocsr()
