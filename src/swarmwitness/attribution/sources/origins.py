# SPDX-License-Identifier: Apache-2.0
"""Whom the number of an autonomous system names, and whom it doesn't: the holdings of an origin set.

Numbers for private use (RFC 6996) are in use behind many networks at once: `as64512` here is not
`as64512` there. So such an origin is kept, but under a name of its prefix alone (`private:as64512@PREFIX`);
no two prefixes become one organisation by it. 0 (RFC 7607), 23456 (AS_TRANS, RFC 6793), 65535 and 4294967295
(RFC 7300) name nobody: refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from swarmwitness.attribution.sources.record import Holding, Refused, Topic
from swarmwitness.terms.endpoint import Prefix

AS_TRANS = 23456
MAX_ORIGINS = 64
"""Of one prefix. Each is a holding that names all: real sets stay below, and n of them cost n squared."""
MAX_ASN = 0xFFFFFFFF
_NOBODY = {
    0: "AS0 names nobody",
    AS_TRANS: "AS23456 stands for a number that does not fit and names nobody",
    65535: "AS65535 is reserved and names nobody",
    MAX_ASN: "AS4294967295 is reserved and names nobody",
}
_PRIVATE = (range(64512, 65535), range(4_200_000_000, MAX_ASN))


def number_of(text: str) -> int:
    """`64500`, `AS64500` -> 64500.

    Raises:
        ValueError: not such a number.
    """
    digits = text[2:] if text[:2].upper() == "AS" else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10 and int(digits) <= MAX_ASN):
        raise ValueError("not the number of an AS")
    return int(digits)


def org_of(asn: int, prefix: Prefix) -> str:
    """The `org_id` under which an origin of a prefix is known."""
    if any(asn in private for private in _PRIVATE):
        return f"private:as{asn}@{prefix}"
    return f"as{asn}"


def nobody(asn: int) -> str:
    """Why a number names nobody; '' = it may name somebody."""
    return _NOBODY.get(asn, "")


def holdings(
    prefix: Prefix,
    origins: Iterable[int],
    place: int,
    *,
    says: Topic = "organisation",
    org_name: str = "",
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Iterator[Holding | Refused]:
    """A holding for each origin, with the whole set beside each; a refusal for each that names nobody."""
    numbers = tuple(sorted(set(origins)))
    if len(numbers) > MAX_ORIGINS:
        yield Refused(place, f"{len(numbers)} origins of one prefix, more than {MAX_ORIGINS}", str(prefix))
        return
    if prefix.prefixlen == 0:
        yield Refused(place, "a default route names no holder", str(prefix))
        return
    for asn in numbers:
        if asn in _NOBODY:
            yield Refused(place, _NOBODY[asn], str(prefix))
        else:
            org_id = org_of(asn, prefix)
            yield Holding(prefix, org_id, place, org_name, numbers, says=says,
                          valid_from=valid_from, valid_to=valid_to)  # fmt: skip
