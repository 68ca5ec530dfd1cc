# SPDX-License-Identifier: Apache-2.0
"""case.toml as frozen values: what is asked, of which sets, under whose authority."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from swarmwitness.case import schema
from swarmwitness.case.addresses import file_inside, read_addresses
from swarmwitness.case.files import read_regular
from swarmwitness.case.observekeys import check_observe
from swarmwitness.intake import FileMapping
from swarmwitness.terms import InputError

RESERVED = ("everyone", "population")
MAX_TOML_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 16
MAX_SETS = 200
"""What every table, chart and test is made for each of; a search over more is a population search."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may ask, over which works and networks, under which law, until when (inclusive)."""

    holder: str
    works: str
    networks: tuple[str, ...]
    basis: str
    expires: dt.date


@dataclass(frozen=True, slots=True)
class AddressSet:
    """A set of addresses whose operator is known, alleged or in question.

    Attributes:
        against: The anchor set that a candidate set is tested against; "" for an anchor.
        addresses: Canonical texts; empty together with `org_id` "" = the population is searched.
        valid_from, valid_to: Half-open days; None = unbounded.
    """

    name: str
    org_id: str
    addresses: tuple[str, ...]
    selected_by: str
    against: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @property
    def is_population(self) -> bool:
        """Whether it stands for whoever the authority covers."""
        return not self.org_id and not self.addresses


@dataclass(frozen=True, slots=True)
class NamedDate:
    """A pre-registered date."""

    name: str
    at: dt.date


BOOTSTRAP = (
    "router.bittorrent.com:6881",
    "dht.libtorrent.org:25401",
    "dht.transmissionbt.com:6881",
    "router.utorrent.com:6881",
)
"""Where a node of the DHT begins when the case names no other place."""


@dataclass(frozen=True, slots=True)
class ObserveConfig:
    """How the observer may behave; seconds, connections and dials per second.

    These defaults are for laboratory data (`[case] synthetic`): nobody is asked whom the case does not name.
    In the field they are those of `IN_THE_FIELD`.

    Attributes:
        address, address6: To dial, announce and listen from; "" = the system chooses.
        external: Address under which others reach us, if it is another one.
        listen: One port for TCP and uTP; the next one is the canaries'. 0 = nobody listens.
        decoys: Info_hashes of ours that do not exist, asked for like any other swarm.
        canaries: Peers of our own in swarms that are nobody else's; they need a listener.
        scrape_every_s: Between two questions to a tracker how many are in a swarm; 0 = never asked.
    """

    trackers: tuple[str, ...] = ()
    contact: str = ""
    vantage: str = "vantage"
    address: str = ""
    address6: str = ""
    external: str = ""
    listen: int = 0
    utp: bool = True
    encryption: bool = True
    holepunch: bool = True
    dht: bool = False
    dht_bootstrap: tuple[str, ...] = ()
    pex: bool = True
    lsd: bool = False
    metadata: bool = True
    challenge: bool = True
    decoys: int = 0
    canaries: int = 0
    announce_every_s: float = 1800.0
    scrape_every_s: float = 900.0
    max_connections: int = 2000
    max_utp_connections: int = 2000
    dials_per_s: float = 200.0
    dials_per_network_per_s: float = 5.0


IN_THE_FIELD = ObserveConfig(listen=6881, dht=True, dht_bootstrap=BOOTSTRAP, decoys=4, canaries=2)
"""Every kind of peer, every source but the local network's, and the negative controls."""


@dataclass(frozen=True, slots=True)
class TimeConfig:
    """Who else says when: a time authority (RFC 3161) and witnesses (C2SP tlog-witness).

    Attributes:
        authority: URL that time-stamp requests are posted to; "" = none.
        certificate: The authority's root certificates, PEM; b"" = none was named.
        witnesses: Each `URL VKEY`.
        publish_every_s: Seconds between checkpoints that are sent to them during a watch.
    """

    authority: str = ""
    certificate: bytes = b""
    witnesses: tuple[str, ...] = ()
    publish_every_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class CaseConfig:
    """The whole of case.toml, resolved; `raw` is the file as it stood.

    Attributes:
        encrypt: Whether the contents of new exhibits are encrypted at rest.
        retain_days: After how many days `custody retain` erases content; None = never.
    """

    name: str
    seed: int
    synthetic: bool
    authority: Authority | None
    anchors: tuple[AddressSet, ...]
    candidates: tuple[AddressSet, ...]
    dates: tuple[NamedDate, ...]
    random_anchor_sets: int
    observe: ObserveConfig
    mask_sensitive: bool
    pseudonym_key: str
    encrypt: bool
    retain_days: int | None
    time: TimeConfig
    intake: dict[str, FileMapping]
    raw: bytes

    @property
    def sets(self) -> tuple[AddressSet, ...]:
        """Anchors, then candidates that name addresses, in the order of the file."""
        return (*self.anchors, *(c for c in self.candidates if not c.is_population))


def read_config(case_dir: Path) -> CaseConfig:
    """Read and check case.toml.

    Raises:
        InputError: missing, not TOML, an unknown key, a value of the wrong type, a set without a
            meaning; the file and the key are named.
    """
    file = case_dir / "case.toml"
    if not os.path.lexists(file):
        raise InputError("no such file; `swarmwitness init` makes a case", file=str(file))
    raw = read_regular(file, MAX_TOML_BYTES)
    document = _parsed(raw, str(file))
    schema.check(document, str(file))
    return _resolve(document, case_dir, raw)


def _parsed(raw: bytes, file: str) -> dict[str, schema.Toml]:
    """TOML, read with the patience that a case deserves and no more."""
    for number, line in enumerate(raw.splitlines(), 1):
        if len(line) > MAX_LINE_BYTES:
            raise InputError(f"a line of more than {MAX_LINE_BYTES} bytes", file=file, line=number)
    try:
        return cast("dict[str, schema.Toml]", tomllib.loads(raw.decode("utf-8")))
    except RecursionError:
        raise InputError("nested too deeply", file=file) from None
    except ValueError as error:  # TOML's own errors, UTF-8's, and numbers of absurd length
        raise InputError(f"not TOML in UTF-8: {error}", file=file) from None


def _resolve(document: dict[str, schema.Toml], case_dir: Path, raw: bytes) -> CaseConfig:
    case = _table(document, "case")
    privacy = _table(document, "privacy")
    anchors = tuple(_address_set(t, case_dir, "anchors") for t in _tables(document, "anchors"))
    candidates = tuple(_address_set(t, case_dir, "candidates") for t in _tables(document, "candidates"))
    _check_names(anchors, candidates, str(case_dir / "case.toml"))
    return CaseConfig(
        name=str(case["name"]),
        seed=cast("int", case.get("seed", 0)),
        synthetic=bool(case.get("synthetic", False)),
        authority=_authority(_table(document, "authority")),
        anchors=anchors,
        candidates=candidates,
        dates=tuple(NamedDate(str(t["name"]), _day(t["at"])) for t in _tables(document, "dates")),
        random_anchor_sets=cast("int", _table(document, "controls").get("random_anchor_sets", 1000)),
        observe=_observe(
            _table(document, "observe"),
            str(case_dir / "case.toml"),
            synthetic=bool(case.get("synthetic", False)),
        ),
        mask_sensitive=bool(privacy.get("mask_sensitive", True)),
        pseudonym_key=str(privacy.get("pseudonym_key", "")),
        encrypt=bool(privacy.get("encrypt", False)),
        retain_days=cast("int | None", privacy.get("retain_days")),
        time=_time(_table(document, "time"), case_dir),
        intake=_intake(_table(document, "intake")),
        raw=raw,
    )


def _table(document: dict[str, schema.Toml], name: str) -> dict[str, schema.Toml]:
    return cast("dict[str, schema.Toml]", document.get(name, {}))


def _tables(document: dict[str, schema.Toml], name: str) -> list[dict[str, schema.Toml]]:
    return cast("list[dict[str, schema.Toml]]", document.get(name, []))


def _day(value: schema.Toml) -> dt.date:
    """A date without a zone is a day of UTC; so is a time, once it was moved there."""
    if not isinstance(value, dt.datetime):
        return cast("dt.date", value)
    try:
        return (value.astimezone(dt.UTC) if value.tzinfo else value).date()
    except OverflowError:
        raise InputError(f"{value} is no day of UTC", file="case.toml", field="date") from None


def _authority(table: dict[str, schema.Toml]) -> Authority | None:
    if not table:
        return None
    networks = cast("list[str]", table.get("networks", []))
    works = str(table.get("works", "registered"))
    return Authority(
        str(table["holder"]), works, tuple(networks), str(table["basis"]), _day(table["expires"])
    )


def _address_set(table: dict[str, schema.Toml], case_dir: Path, section: str) -> AddressSet:
    name = str(table["name"])
    ways = [key for key in ("org_id", "addresses", "addresses_file") if key in table]
    place = f"{section} {name!r}"
    if len(ways) > 1 or (section == "anchors" and not ways):
        raise InputError(
            "needs exactly one of org_id, addresses, addresses_file",
            file=str(case_dir / "case.toml"),
            field=place,
        )
    start, end = (_day(table[key]) if key in table else None for key in ("valid_from", "valid_to"))
    if start and end and end <= start:
        raise InputError(
            f"ends on {end}, before it begins", file=str(case_dir / "case.toml"), field=f"{place}.valid_to"
        )
    return AddressSet(
        name=name,
        org_id=str(table.get("org_id", "")),
        addresses=read_addresses(table, case_dir, place),
        selected_by=str(table.get("selected_by", "list")),
        against=str(table.get("against", "")),
        valid_from=start,
        valid_to=end,
    )


def _check_names(anchors: tuple[AddressSet, ...], candidates: tuple[AddressSet, ...], file: str) -> None:
    names = [s.name for s in (*anchors, *candidates)]
    if len(names) > MAX_SETS:
        raise InputError(f"{len(names)} sets; at most {MAX_SETS} are weighed in a case", file=file)
    for name in names:
        if name in RESERVED:
            raise InputError(f"{name!r} is reserved", file=file, field="name")
        if names.count(name) > 1:
            raise InputError(f"two sets are called {name!r}", file=file, field="name")
    for candidate in candidates:
        if candidate.against not in {a.name for a in anchors}:
            raise InputError(
                f"no anchor set is called {candidate.against!r}",
                file=file,
                field=f"candidates {candidate.name!r}.against",
            )


def _observe(table: dict[str, schema.Toml], file: str, *, synthetic: bool) -> ObserveConfig:
    check_observe(table, file, synthetic=synthetic)
    known: dict[str, object] = dict(table)
    for name in ("trackers", "dht_bootstrap"):
        if name in table:
            known[name] = tuple(cast("list[str]", table[name]))
    usual = ObserveConfig() if synthetic else IN_THE_FIELD
    made = replace(usual, **known)  # type: ignore[arg-type]  # schema.check saw every key and type
    if "canaries" in table and made.canaries and not made.listen:
        raise InputError("need a port to listen on: set listen", file=file, field="observe.canaries")
    return made


def _time(table: dict[str, schema.Toml], case_dir: Path) -> TimeConfig:
    name = str(table.get("certificate", ""))
    certificate = (
        read_regular(file_inside(case_dir, name, "time.certificate"), MAX_TOML_BYTES, "time.certificate")
        if name
        else b""
    )
    authority = str(table.get("authority", ""))
    if authority and not authority.startswith(("http://", "https://")):
        why = f"is a URL that begins with http:// or https://, not {authority[: schema.MAX_NAME]!r}"
        raise InputError(why, file=str(case_dir / "case.toml"), field="time.authority")
    return TimeConfig(
        authority=authority,
        certificate=certificate,
        witnesses=tuple(cast("list[str]", table.get("witnesses", []))),
        publish_every_s=float(cast("float", table.get("publish_every_s", 3600.0))),
    )


def _intake(table: dict[str, schema.Toml]) -> dict[str, FileMapping]:
    return {name: _mapping(cast("dict[str, schema.Toml]", entry)) for name, entry in table.items()}


def _mapping(entry: dict[str, schema.Toml]) -> FileMapping:
    columns = cast("dict[str, str]", entry.get("columns", {}))
    precision = cast("float | None", entry.get("precision_s"))
    return FileMapping(columns=columns, zone=cast("str | None", entry.get("zone")), precision_s=precision)
