# SPDX-License-Identifier: Apache-2.0
"""What one source says, with everything that its row holds."""

import datetime as dt

import pyarrow as pa

from swarmwitness.attribution import Networks
from swarmwitness.case.whosaid import Said, authority_of, said_of
from swarmwitness.intake import schema_of

DAY = dt.date(2025, 4, 2)


def look(*rows: dict[str, object]) -> list[Said]:
    base = {"prefix": "198.18.0.0/24", "kind": "unknown", "exhibit": "file:aa#1"}
    table = pa.Table.from_pylist([{**base, **row} for row in rows], schema_of("networks"))
    return [said_of(answer) for answer in Networks.of(table).look_up("198.18.0.1", DAY).answers]


def routing(number: int = 64500) -> dict[str, object]:
    return {"org_id": f"as{number}", "asn": str(number), "source": "routing"}


def roa(number: int) -> dict[str, object]:
    return {"org_id": f"as{number}", "asn": str(number), "source": "rpki", "says": "authority"}


def test_an_answer_carries_its_row() -> None:
    ends = DAY + dt.timedelta(1)
    row = {
        **routing(),
        "org_name": "Example",
        "valid_from": DAY,
        "valid_to": ends,
        "derived_from": "file:bb#7",
    }
    (one,) = look({**row, "kind": "datacentre", "service": "cdn", "as_of": DAY})
    told = one.to_json()
    assert (told["prefix"], told["org_id"], told["asn"]) == ("198.18.0.0/24", "as64500", [64500])
    assert (told["valid_from"], told["valid_until"], told["as_of"]) == ("2025-04-02",) * 3
    assert (told["exhibit"], told["derived_from"], told["stale"]) == ("file:aa#1", "file:bb#7", False)
    assert str(told["kind_error"]).startswith("datacentre: ")
    assert one.voice


def test_what_may_be_announced_is_laid_beside_what_is() -> None:
    (agrees,) = authority_of(look(routing(), roa(64500)))
    assert agrees.endswith("AS64500 may announce 198.18.0.0/24, which an origin named for this day is")
    (another,) = authority_of(look(routing(), roa(64501)))
    assert another.endswith("the origin named for this day is another: AS64500")
    (alone,) = authority_of(look(roa(64500)))
    assert alone.endswith("no origin is named for this day")
    assert list(authority_of(look(routing()))) == []
