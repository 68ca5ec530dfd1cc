# SPDX-License-Identifier: Apache-2.0
"""The address ranges that operators of clouds publish of themselves, in JSON.

Theory of operation. Every operator has a form of its own; what they share is a day (or none), and items
of a prefix with a word for the service. A row of `_CLOUDS` says where these stand. A range that an
operator publishes of itself says whose it is, by the operator's word (`amazon`), which the table
of organisations ties to its autonomous systems. Where the operator rents what it lists
(a crawler's addresses, GitHub's runners), the list says of what kind the prefix is, and not whose.
`place` counts the prefixes as they stand in the document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from swarmwitness.attribution.sources.document import Json, day_in, document, items, member, shown, text
from swarmwitness.attribution.sources.prefixtext import prefix_of
from swarmwitness.attribution.sources.record import Format, Holding, Record, Refused, Told, Topic


@dataclass(frozen=True, slots=True)
class Item:
    """A prefix as the document has it.

    Attributes:
        prefix: Meant to be text.
        rented: Whether the operator uses it without holding it.
    """

    prefix: Json
    service: str = ""
    rented: bool = False


@dataclass(frozen=True, slots=True)
class Cloud:
    """How one operator publishes.

    Attributes:
        marks: Words that the first 4 KiB of such a file hold, all of them.
        bars: Words of which they hold none.
        day: Keys to the text that holds the day; empty = only the file's name may have it.
    """

    name: str
    title: str
    org_id: str
    org_name: str
    marks: tuple[str, ...]
    items: Callable[[Json], Iterator[Item]]
    bars: tuple[str, ...] = ()
    day: tuple[str, ...] = ()
    licence: str = ""


def _aws(root: Json) -> Iterator[Item]:
    for key, field in (("prefixes", "ip_prefix"), ("ipv6_prefixes", "ipv6_prefix")):
        for item in items(root, key):
            cdn = text(item, "service").startswith("CLOUDFRONT")
            yield Item(member(item, field), "cdn" if cdn else "")


def _google(root: Json) -> Iterator[Item]:
    for item in items(root, "prefixes"):
        v4 = member(item, "ipv4Prefix")
        v6 = member(item, "ipv6Prefix")
        yield from (Item(found) for found in (v4, v6) if found is not None)
        if v4 is None and v6 is None:
            yield Item(item)


def _azure(root: Json) -> Iterator[Item]:
    for value in items(root, "values"):
        service = "cdn" if text(value, "name").startswith("AzureFrontDoor") else ""
        yield from (Item(found, service) for found in items(value, "properties", "addressPrefixes"))


def _oracle(root: Json) -> Iterator[Item]:
    for region in items(root, "regions"):
        yield from (Item(member(cidr, "cidr")) for cidr in items(region, "cidrs"))


_OWN_OF_GITHUB = ("hooks", "web", "api", "git", "packages", "pages")


def _github(root: Json) -> Iterator[Item]:
    for key in sorted(root) if isinstance(root, dict) else ():
        found = [value for value in items(root, key) if isinstance(value, str) and "/" in value]
        if key.startswith("ssh") or key in ("domains",):
            continue
        yield from (Item(value, "", key not in _OWN_OF_GITHUB) for value in found)


def _fastly(root: Json) -> Iterator[Item]:
    for key in ("addresses", "ipv6_addresses"):
        yield from (Item(found, "cdn") for found in items(root, key))


def _cloudflare(root: Json) -> Iterator[Item]:
    for key in ("ipv4_cidrs", "ipv6_cidrs"):
        yield from (Item(found, "cdn") for found in items(root, "result", key))


_CLOUDS = (
    Cloud("aws", "Amazon Web Services, ip-ranges.json", "amazon", "Amazon.com, Inc.",
          ('"syncToken"', '"createDate"'), _aws, day=("createDate",),
          licence="Published by Amazon for its customers' use; no licence to hand it on is stated."),
    Cloud("google", "Google, goog.json and cloud.json", "google", "Google LLC",
          ('"syncToken"', '"creationTime"'), _google, day=("creationTime",),
          licence="Published by Google for its customers' use; no licence to hand it on is stated."),
    Cloud("crawler", "addresses of a crawler (prefixes with ipv4Prefix and ipv6Prefix)", "", "",
          ('"creationTime"', '"prefixes"'), _google, ('"syncToken"',), ("creationTime",),
          licence="Published so that visits can be told; no licence to hand it on is stated."),
    Cloud("azure", "Microsoft Azure, ServiceTags JSON", "microsoft", "Microsoft Corporation",
          ('"changeNumber"', '"values"'), _azure,
          licence="Published by Microsoft for its customers' use; no licence to hand it on is stated."),
    Cloud("oracle", "Oracle Cloud, public_ip_ranges.json", "oracle", "Oracle Corporation",
          ('"last_updated_timestamp"', '"regions"'), _oracle, day=("last_updated_timestamp",),
          licence="Published by Oracle for its customers' use; no licence to hand it on is stated."),
    Cloud("github", "GitHub, api.github.com/meta", "github", "GitHub, Inc.",
          ('"verifiable_password_authentication"',), _github,
          licence="Published by GitHub for its users; no licence to hand it on is stated."),
    Cloud("fastly", "Fastly, public-ip-list", "fastly", "Fastly, Inc.",
          ('"addresses"', '"ipv6_addresses"'), _fastly,
          licence="Published by Fastly for its customers' use; no licence to hand it on is stated."),
    Cloud("cloudflare", "Cloudflare, client/v4/ips", "cloudflare", "Cloudflare, Inc.",
          ('"ipv4_cidrs"', '"ipv6_cidrs"'), _cloudflare,
          licence="Published by Cloudflare for its customers' use; no licence to hand it on is stated."),
)  # fmt: skip


def _read(cloud: Cloud, path: Path, told: Told) -> Iterator[Record]:
    root = document(path)
    if isinstance(root, Refused):
        yield root
        return
    n = 0
    for n, item in enumerate(cloud.items(root), 1):  # asked for below
        yield _record(cloud, item, n, told)
    if n == 0:
        yield Refused(1, f"no prefix stands where {cloud.title} has them")


def _record(cloud: Cloud, item: Item, place: int, told: Told) -> Record:
    if not isinstance(item.prefix, str):
        return Refused(place, "no text stands where a prefix belongs", shown(item.prefix))
    try:
        prefix = prefix_of(item.prefix)
    except ValueError as error:
        return Refused(place, str(error), shown(item.prefix))
    org_id = told.org_id or cloud.org_id
    holds = bool(cloud.org_id) and not item.rented
    says: Topic = "organisation" if holds else "kind"
    return Holding(
        prefix,
        org_id or f"list:{told.source}",
        place,
        told.org_name or cloud.org_name,
        kind="datacentre" if cloud.org_id and told.kind == "unknown" else told.kind,
        says=says,
        service=told.service or item.service or ("" if cloud.org_id else "crawler"),
    )


def _looks(cloud: Cloud, head: bytes, name: str) -> bool:
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    return all(mark.encode() in head for mark in cloud.marks) and not any(
        bar.encode() in head for bar in cloud.bars
    )


def _as_of(cloud: Cloud, path: Path) -> dt.date | None:
    if not cloud.day:
        return day_in(path.name)
    root = document(path)
    return None if isinstance(root, Refused) else day_in(text(root, *cloud.day)[:10])


FORMATS = tuple(
    Format(
        cloud.name,
        cloud.title,
        "record",
        partial(_looks, cloud),
        partial(_read, cloud),
        partial(_as_of, cloud),
        cloud.licence,
    )
    for cloud in _CLOUDS
)
