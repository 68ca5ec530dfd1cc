# SPDX-License-Identifier: Apache-2.0
"""`networks fetch`: a published file from its publisher into a folder, named after its day.

Only ever because a person names it. The file is not taken into a case: that is `networks import`,
which keeps the bytes as received.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from swarmwitness.attribution.catalogue import Offer
from swarmwitness.terms import InputError
from swarmwitness.terms.instant import EPOCH, micros_to_text
from swarmwitness.vantage import Clock
from swarmwitness.vantage.download import Fetched, Limits, download

_KEPT = (".bz2", ".gz", ".xz", ".zip", ".json", ".csv", ".txt")


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that was fetched, and how it is taken in.

    Attributes:
        day: For which it speaks, if it does not say so itself: the day of the fetch.
    """

    offer: Offer
    fetched: Fetched
    day: dt.date

    def command(self, case: str = "CASE") -> str:
        """The command that takes it into a case."""
        told, path = self.offer.told, self.fetched.path
        words = [f"swarmwitness networks import {case} {path} --source {self.offer.name} --as-of {self.day}"]
        words += [f"--format {self.offer.format}"] if self.offer.format else []
        words += [f"--org {told.org_id}"] if told.org_id else []
        words += [f"--kind {told.kind}"] if told.kind != "unknown" else []
        words += [f"--service {told.service}"] if told.service else []
        return " ".join([*words, f'--from "{self.fetched.url}"'])

    def to_json(self) -> dict[str, object]:
        """For machines."""
        one = self.fetched
        return {
            "name": self.offer.name, "file": str(one.path), "sha256": one.sha256, "bytes": one.n_bytes,
            "url": one.url, "from_url": one.from_url, "fetched_at": micros_to_text(one.fetched_at_us),
            "date": one.date, "last_modified": one.last_modified, "etag": one.etag,
            "licence": self.offer.licence, "may_hand_on": self.offer.may_hand_on, "import": self.command(),
        }  # fmt: skip


def fetch(
    offer: Offer,
    into: Path,
    *,
    day: dt.date | None = None,
    contact: str = "",
    on_progress: Callable[[int, int], None] | None = None,
) -> Brought:
    """Fetch one file into a folder, with what the server said of it in NAME.fetched.json beside it.

    Raises:
        InputError: no folder, a file of that name, a day is needed, or whatever goes wrong on the way.
    """
    if not into.is_dir():
        raise InputError("no such folder", file=str(into), field="--into")
    today = (EPOCH + dt.timedelta(microseconds=Clock().read().utc_us)).date()
    if day and day > today:
        raise InputError("lies in the future", field="--as-of")
    url = offer.url_on(day)
    file = into / name_of(offer, url, (day or today) if offer.dated else today)
    limits = Limits(max_bytes=offer.max_mib << 20)
    fetched = download(url, file, contact=contact, limits=limits, on_progress=on_progress)
    brought = Brought(offer, fetched, (day or today) if offer.dated else today)
    record = json.dumps(brought.to_json(), indent=1, ensure_ascii=False) + "\n"
    file.with_name(f"{file.name}.fetched.json").write_text(record, encoding="utf-8")
    return brought


def name_of(offer: Offer, url: str, day: dt.date) -> str:
    """`aws-2026-11-24.json`: the offer, the day, the ending of the address."""
    suffix = PurePosixPath(urlsplit(url).path).suffix
    return f"{offer.name}-{day}{suffix if suffix in _KEPT else '.txt'}"
