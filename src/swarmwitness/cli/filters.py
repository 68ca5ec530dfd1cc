# SPDX-License-Identifier: Apache-2.0
"""The options that say what a command is about, the same for every command that takes a scope."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.config import read_config
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.pseudonyms import pseudonyms_of

Texts = tuple[str, ...]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Filters:
    """Every filter must hold; of one that is given several times, any of its values does."""

    info_hash: Annotated[Texts, Parameter(negative="", help="A torrent; 40 or 64 hex digits.")] = ()
    work: Annotated[Texts, Parameter(negative="", help="A work_id of works.csv.")] = ()
    address: Annotated[Texts, Parameter(negative="", help="A pseudonym, addr-…, or an address.")] = ()
    set: Annotated[Texts, Parameter(negative="", help="A set of case.toml.")] = ()
    exhibit: Annotated[
        Texts, Parameter(negative="", help="log:ORIGIN/INDEX, log:ORIGIN/FIRST-LAST or file:SHA256#ROW.")
    ] = ()
    since: Annotated[str | None, Parameter(help="From this instant or day on (UTC).")] = None
    until: Annotated[str | None, Parameter(help="Before this instant or day (UTC).")] = None
    everything: Annotated[bool, Parameter(negative="", help="All of it; no other filter.")] = False

    def scope(self, case: Path) -> Scope:
        """What is meant, for this case.

        Raises:
            InputError: a value is unfit, or nothing is said; the option is named.
        """
        config = read_config(case)
        return Scope.from_options(
            config,
            pseudonyms_of(case, config),
            info_hashes=self.info_hash,
            works=self.work,
            addresses=self.address,
            sets=self.set,
            exhibits=self.exhibit,
            since=self.since,
            until=self.until,
            everything=self.everything,
        )
