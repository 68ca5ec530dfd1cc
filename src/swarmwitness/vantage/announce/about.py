# SPDX-License-Identifier: Apache-2.0
"""The notes of an exchange with a tracker: what it is about, how it began and ended."""

from __future__ import annotations

from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quoted

from swarmwitness.evidence import Direction
from swarmwitness.terms import Instant
from swarmwitness.vantage.recorder import Line, Recorder


@dataclass(frozen=True, slots=True)
class About:
    """What every note of one exchange says.

    Attributes:
        info_hash: In hexadecimal.
        method: announce or scrape.
        via: The URL that redirected us; empty where none did.
    """

    info_hash: str
    url: str
    method: str = "announce"
    via: str = ""

    def note(self, event: str, outcome: str) -> bytes:
        """The canonical JSON of a note; written out because at ten thousand announces a second it counts."""
        method = "" if self.method == "announce" else f'"method":"{self.method}",'
        via = f',"via":{quoted(self.via)}' if self.via else ""
        text = (
            f'{{"event":"{event}","info_hash":"{self.info_hash}",{method}"outcome":"{outcome}"'
            f',"url":{quoted(self.url)}{via}}}'
        )
        return text.encode("ascii")

    def record(self, recorder: Recorder, event: str, outcome: str, line: Line | None = None) -> Instant:
        """Write a note down; without a line under a connection of its own, which never stood."""
        return recorder.record(
            "net", Direction.NONE, self.note(event, outcome), line or recorder.new_line(None, None)
        )
