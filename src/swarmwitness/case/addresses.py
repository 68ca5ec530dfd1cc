# SPDX-License-Identifier: Apache-2.0
"""Lists of addresses: in case.toml itself or in a text file, one a line, `#` for a comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from swarmwitness.case.files import read_regular
from swarmwitness.terms import InputError
from swarmwitness.terms.endpoint import address_from_text

_MAX_BYTES = 256 * 1024 * 1024


def read_addresses(table: Mapping[str, object], case_dir: Path, place: str) -> tuple[str, ...]:
    """The canonical addresses that a set's table names; sorted, each once; () when it names none.

    Raises:
        InputError: the file is missing or a line is no address; file, line and field are named.
    """
    if "addresses" in table:
        listed = enumerate(cast("list[str]", table["addresses"]), 1)
        return _canonical(listed, str(case_dir / "case.toml"), f"{place}.addresses", numbered=False)
    if "addresses_file" in table:
        file = file_inside(case_dir, str(table["addresses_file"]), f"{place}.addresses_file")
        return _canonical(_lines(file, place), str(file), f"{place}.addresses_file", numbered=True)
    return ()


def file_inside(case_dir: Path, name: str, field: str) -> Path:
    """A case is a folder that can be handed over: the files that case.toml names lie in it.

    Raises:
        InputError: it lies elsewhere.
    """
    file = case_dir / name
    try:
        inside = file.resolve().is_relative_to(case_dir.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL in the name
        inside = False
    if not inside:
        toml = str(case_dir / "case.toml")
        raise InputError("lies outside the case folder", file=toml, field=field)
    return file


def _lines(file: Path, place: str) -> Iterable[tuple[int, str]]:
    try:
        text = read_regular(file, _MAX_BYTES, place).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8", file=str(file), field=place) from None
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if content:
            yield number, content


def _canonical(
    listed: Iterable[tuple[int, str]], file: str, field: str, *, numbered: bool
) -> tuple[str, ...]:
    found = set()
    for number, text in listed:
        try:
            found.add(str(address_from_text(text.strip())))
        except ValueError:
            line = number if numbered else None
            raise InputError(f"not an address: {text!r}", file=file, line=line, field=field) from None
    return tuple(sorted(found))
