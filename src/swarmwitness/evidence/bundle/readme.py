# SPDX-License-Identifier: Apache-2.0
"""READ-ME-FIRST.txt: one page for somebody who has never seen a bundle."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from swarmwitness.evidence.bundle.layout import LogEntry

_WIDTH = 92
_PAGE = """READ ME FIRST

What this is
{what}

Case:   {case}
Filter: {filter}

{logs}

How to check it
Open a terminal in the folder that holds bagit.txt. Nothing is changed, nothing is sent anywhere.

1. Is it whole?                        sha256sum -c manifest-sha256.txt --quiet
   (Mac: shasum -a 256 -c ...)         No output means: every file is the one that was listed.
   A Mac may add files of its own (.DS_Store) to a folder that is looked at; take them out first.
2. Is it what was sealed?              python3 -I -S data/verify_standalone.py
   Needs Python 3.8 or newer and the command openssl (3.0 or newer). That program came with the
   bundle: who does not trust the giver takes the same file from the project and runs that one.
   The last line says "verified" or "NOT verified"; the lines above say what was asked and found.
3. Is it the log that you know?        python3 -I -S data/verify_standalone.py \\
                                           --checkpoint FILE --key FILE --roots FILE
   with a checkpoint, a public key or certificates of the time authority that you have from
   another source than this bundle. Without them the bundle can only agree with itself.

What a pass means
{means}

What it does not mean
{not_means}

The formats are public: docs/bundle-format.md and docs/evidence-format.md of the project
Swarmwitness. Any expert can write a third verifier from them.
"""
_WHAT = (
    "A bundle of exhibits taken out of sealed logs, with the proofs that they belong there. An exhibit is"
    " something that a computer sent or received, with the time, or something that a person did on the case."
    " The filter below says, word for word, which exhibits were asked for. Exhibits whose content is not here"
    " are closed: there is a fingerprint of each, and whoever is shown the content later can check it against"
    " that. Addresses of computers stand as pseudonyms (addr-...) in the tables."
)
_MEANS = (
    "Each exhibit here is, byte for byte and in this order, an exhibit of the logs named above, which were"
    " signed with the keys in this bundle; nothing was changed since; what time authorities and witnesses"
    " said about these logs is genuine as far as their certificates and keys are. Where an exhibit had been"
    " erased, the log says so."
)
_NOT_MEANS = (
    "It does not show that what was recorded ever crossed a network: invented input can be recorded like any"
    " other. It does not show that nothing was left out: the filter decides. Without a checkpoint or key from"
    " another source it does not show who made the logs. The tables in data/rows, data/results and"
    " custody.csv are the maker's reading of the exhibits. An address of a computer is never a person."
)


def readme(case: str, text: str, logs: Sequence[LogEntry]) -> bytes:
    """The page, in UTF-8."""
    lines = [_line(number, log) for number, log in enumerate(logs, 1)]
    page = _PAGE.format(
        what=_wrap(_WHAT),
        case=case,
        filter=textwrap.fill(text, _WIDTH, initial_indent="", subsequent_indent="        "),
        logs="\n".join(lines),
        means=_wrap(_MEANS),
        not_means=_wrap(_NOT_MEANS),
    )
    return page.encode()


def _line(number: int, log: LogEntry) -> str:
    return (
        f"data/logs/{number}  {log.name}: {len(log.chosen):,} of {log.size:,} exhibits,"
        f" {len(log.opened):,} opened, {len(log.erased):,} erased\n             {log.origin}"
    )


def _wrap(text: str) -> str:
    return textwrap.fill(text, _WIDTH)
