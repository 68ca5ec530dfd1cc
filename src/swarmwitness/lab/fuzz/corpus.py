# SPDX-License-Identifier: Apache-2.0
"""The seed corpus: one text file per target, one input per line in hexadecimal, `#` before a remark."""

from __future__ import annotations

from pathlib import Path

from swarmwitness.terms import InputError


def read_corpus(folder: Path, target: str) -> tuple[bytes, ...]:
    """The seeds of a target, in the file's order; the empty input alone where there is no file.

    Raises:
        InputError: a line that is no hexadecimal.
    """
    file = folder / f"{target}.hex"
    if not file.is_file():
        return (b"",)
    seeds = []
    for number, line in enumerate(file.read_text(encoding="ascii").splitlines(), 1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        try:
            seeds.append(bytes.fromhex(words))
        except ValueError:
            raise InputError("is no hexadecimal", file=str(file), line=number) from None
    return tuple(seeds) or (b"",)


def write_corpus(folder: Path, target: str, seeds: list[tuple[str, bytes]]) -> None:
    """Write (remark, input) pairs, as `read_corpus` reads them."""
    lines = [f"{data.hex()}  # {remark}" for remark, data in seeds]
    (folder / f"{target}.hex").write_text("\n".join(lines) + "\n", encoding="ascii")
