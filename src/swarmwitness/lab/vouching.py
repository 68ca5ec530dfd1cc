# SPDX-License-Identifier: Apache-2.0
"""Who vouches for the laboratory's case: an offline time authority and a witness, on the stage.

Their keys are made before the case is, because case.toml names them; they listen while it is observed. They
run on this machine, so they show how publishing works, and vouch for nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.time import Trust
from swarmwitness.lab.authority import Authority
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.witness import Witness

AUTHORITY_PORT, WITNESS_PORT = 3161, 3162
MISSING = "the command `openssl` is not installed: nobody vouches for the laboratory's time"
CERTIFICATE = "time-authority.pem"
_NETWORK, _AUTHORITY_HOST, _WITNESS_HOST = 9, 10, 11
_WITNESS_NAME = "witness.example/laboratory"


@dataclass(frozen=True, slots=True)
class Vouching:
    """An authority and a witness, whose keys lie in `folder`."""

    folder: Path
    stage: Stage

    @classmethod
    def make(cls, folder: Path, stage: Stage) -> Vouching | None:
        """Make their keys; None where there is no `openssl`."""
        if shutil.which("openssl") is None:
            return None
        Authority.make(folder / "authority")
        Witness.make(folder / "witness", _WITNESS_NAME)
        return cls(folder, stage)

    @classmethod
    def at(cls, folder: Path, stage: Stage) -> Vouching | None:
        """Those that were made there; None if none were."""
        return cls(folder, stage) if (folder / "witness").is_dir() else None

    @property
    def authority(self) -> Authority:
        """The time authority."""
        return Authority(self.folder / "authority")

    @property
    def witness(self) -> Witness:
        """The witness."""
        return Witness(self.folder / "witness", _WITNESS_NAME)

    @property
    def trust(self) -> Trust:
        """What a verifier knows of them from another source than the case."""
        return Trust(self.authority.roots_pem, (self.witness.key.to_text(),))

    def name_in(self, case_dir: Path, every_s: float = 10.0) -> None:
        """Name them in a case: `[time]` in case.toml, the root certificate beside it."""
        (case_dir / CERTIFICATE).write_bytes(self.authority.roots_pem)
        authority, witness = self._host(_AUTHORITY_HOST), self._host(_WITNESS_HOST)
        text = (
            f'\n[time]\nauthority = "http://{authority}:{AUTHORITY_PORT}/tsa"\n'
            f'certificate = "{CERTIFICATE}"\n'
            f'witnesses = ["http://{witness}:{WITNESS_PORT} {self.witness.key.to_text()}"]\n'
            f"publish_every_s = {every_s}\n"
        )
        with (case_dir / "case.toml").open("a", encoding="utf-8") as out:
            out.write(text)

    @contextmanager
    def serving(self, *case_dirs: Path) -> Iterator[None]:
        """Listen on the stage; the witness knows the logs of these cases."""
        logs = [key_of(log.path) for case_dir in case_dirs for log in CaseFolder.at(case_dir).logs]
        with (
            self.authority.serving(self._host(_AUTHORITY_HOST), AUTHORITY_PORT),
            self.witness.serving(logs, self._host(_WITNESS_HOST), WITNESS_PORT),
        ):
            yield

    def _host(self, number: int) -> str:
        return self.stage.address(_NETWORK, number)


def key_of(log: Path) -> VerifyKey:
    """The public key that lies in a log."""
    return VerifyKey.from_text((log / "log.vkey").read_text(encoding="ascii").removesuffix("\n"))
