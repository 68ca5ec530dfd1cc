# SPDX-License-Identifier: Apache-2.0
"""What case.toml may say: every table and key with its type, as data.

A key that is not here is an error that names the nearest known one; a typing slip in a case that
goes to court must never be read as "not asked".
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass

from swarmwitness.terms import InputError
from swarmwitness.terms.columns import NETWORK_KINDS

Toml = str | int | float | bool | dt.date | dt.datetime | list["Toml"] | dict[str, "Toml"]
SELECTED_BY = ("registry", "list", "pattern")


MAX_NAME = 100
KINDS = {
    "text": "a text",
    "name": f"a text of 1 to {MAX_NAME} printable characters",
    "texts": "a list of texts",
    "int": "a whole number",
    "number": "a number",
    "bool": "true or false",
    "date": "a date",
    "table": "a table of texts",
}
"""What a key's kind is called where a value does not fit."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of case.toml.

    Attributes:
        kind: Its type: text, name (short and printable), texts, int, number, bool, date, table.
        words: What a text, or each of the texts, may be; empty = anything.
        low, high: Bounds of a number, both included.
    """

    kind: str
    required: bool = False
    words: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf


_SET = {
    "name": Key("name", required=True),
    "org_id": Key("text"),
    "addresses": Key("texts"),
    "addresses_file": Key("text"),
    "selected_by": Key("text", words=SELECTED_BY),
    "valid_from": Key("date"),
    "valid_to": Key("date"),
}
SECTIONS: dict[str, dict[str, Key]] = {
    "case": {
        "name": Key("name", required=True),
        "seed": Key("int", low=0, high=2**63 - 1),
        "synthetic": Key("bool"),
    },
    "authority": {
        "holder": Key("text", required=True),
        "works": Key("text", words=("registered",)),
        "networks": Key("texts", words=NETWORK_KINDS),
        "basis": Key("text", required=True),
        "expires": Key("date", required=True),
    },
    "anchors": _SET,
    "candidates": _SET | {"against": Key("text", required=True)},
    "dates": {"name": Key("name", required=True), "at": Key("date", required=True)},
    "controls": {"random_anchor_sets": Key("int", low=0, high=100_000)},
    "observe": {
        "trackers": Key("texts"),
        "contact": Key("text"),
        "vantage": Key("name"),
        "address": Key("text"),
        "address6": Key("text"),
        "external": Key("text"),
        "listen": Key("int", low=0, high=65_534),
        "utp": Key("bool"),
        "encryption": Key("bool"),
        "holepunch": Key("bool"),
        "dht": Key("bool"),
        "dht_bootstrap": Key("texts"),
        "pex": Key("bool"),
        "lsd": Key("bool"),
        "metadata": Key("bool"),
        "challenge": Key("bool"),
        "decoys": Key("int", low=0, high=1_000),
        "canaries": Key("int", low=0, high=100),
        "announce_every_s": Key("number", low=1, high=86_400),
        "scrape_every_s": Key("number", low=0, high=86_400),
        "max_connections": Key("int", low=1, high=100_000),
        "max_utp_connections": Key("int", low=1, high=100_000),
        "dials_per_s": Key("number", low=1, high=10_000),
        "dials_per_network_per_s": Key("number", low=1, high=1_000),
    },
    "privacy": {
        "pseudonym_key": Key("text"),
        "mask_sensitive": Key("bool"),
        "encrypt": Key("bool"),
        "retain_days": Key("int", low=0, high=36_500),
    },
    "time": {
        "authority": Key("text"),
        "certificate": Key("text"),
        "witnesses": Key("texts"),
        "publish_every_s": Key("number", low=1, high=7 * 86_400),
    },
}
LISTS = ("anchors", "candidates", "dates")
# [intake] has one table per file name, so its keys stand one level lower.
INTAKE = {
    "columns": Key("table"),
    "zone": Key("text"),
    "precision_s": Key("number", low=0, high=10**9),
}


def check(document: Mapping[str, Toml], file: str) -> None:
    """Refuse what case.toml may not say.

    Raises:
        InputError: names the file and the key; for an unknown key also the nearest known one.
    """
    for name, value in document.items():
        if name == "intake":
            _check_intake(value, file)
        elif name not in SECTIONS:
            raise _unknown(name, (*SECTIONS, "intake"), file, name)
        elif name in LISTS:
            _check_list(name, value, file)
        else:
            _check_table(name, value, SECTIONS[name], file)
    if "case" not in document:
        raise InputError("a case has a table [case] with a name", file=file, field="case")


def _check_list(name: str, value: Toml, file: str) -> None:
    if not isinstance(value, list):
        raise InputError(f"is a list of tables: write [[{name}]]", file=file, field=name)
    for number, table in enumerate(value):
        _check_table(f"{name}[{number}]", table, SECTIONS[name], file)


def _check_intake(value: Toml, file: str) -> None:
    if not isinstance(value, dict):
        raise InputError("is a table with one table per file", file=file, field="intake")
    for name, table in value.items():
        _check_table(f'intake."{name}"', table, INTAKE, file)


def _check_table(place: str, table: Toml, known: Mapping[str, Key], file: str) -> None:
    if not isinstance(table, dict):
        raise InputError("is a table", file=file, field=place)
    for name, value in table.items():
        if name not in known:
            raise _unknown(name, tuple(known), file, f"{place}.{name}")
        _check_value(value, known[name], file, f"{place}.{name}")
    for name, key in known.items():
        if key.required and name not in table:
            raise InputError("is missing", file=file, field=f"{place}.{name}")


def _check_value(value: Toml, key: Key, file: str, field: str) -> None:
    if not _fits(value, key.kind):
        told = repr(value)[:MAX_NAME]
        raise InputError(f"is {KINDS[key.kind]}, not {told}", file=file, field=field)
    for word in value if isinstance(value, list) else [value]:
        if key.words and word not in key.words:
            raise InputError(f"is one of {', '.join(key.words)}, not {word!r}", file=file, field=field)
    if isinstance(value, int | float) and not key.low <= value <= key.high:
        raise InputError(f"is {key.low:g} to {key.high:g}, not {value!r}", file=file, field=field)


def _fits(value: Toml, kind: str) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return {
        "text": isinstance(value, str) and value != "",
        "name": isinstance(value, str) and 0 < len(value) <= MAX_NAME and value.isprintable(),
        "int": number and isinstance(value, int),
        "number": number,
        "bool": isinstance(value, bool),
        "date": isinstance(value, dt.date),
        "table": isinstance(value, dict) and all(isinstance(item, str) for item in value.values()),
    }[kind]


def _unknown(name: str, known: tuple[str, ...], file: str, field: str) -> InputError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return InputError(f"no such key; the nearest known one is {near[0]!r}", file=file, field=field)
