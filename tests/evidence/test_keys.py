# SPDX-License-Identifier: Apache-2.0
"""Signing keys: private to their owner, outside the case, in three spellings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from swarmwitness.evidence import VerifyKey, load_signing_key, make_signing_key
from swarmwitness.terms import InputError

SEED = bytes(range(32))


def test_a_key_is_made_once_private_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    made = make_signing_key(path, seed=SEED)
    assert path.stat().st_mode & 0o777 == 0o600
    assert VerifyKey.of("x", load_signing_key(path)) == VerifyKey.of("x", made)
    before = path.read_bytes()
    with pytest.raises(InputError, match="File exists"):
        make_signing_key(path, seed=bytes(32))
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [SEED, SEED.hex().encode(), SEED.hex().encode() + b"\n"])
def test_a_bare_seed_is_a_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seed"
    path.write_bytes(content)
    path.chmod(0o600)
    made = make_signing_key(tmp_path / "pem", seed=SEED)
    assert load_signing_key(path).private_bytes_raw() == made.private_bytes_raw()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "log.key"
    make_signing_key(path, seed=SEED)
    path.chmod(mode)
    with pytest.raises(InputError, match="0600"):
        load_signing_key(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SEED[:31],
        SEED + b"x",
        b"zz" * 32,
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ed448.Ed448PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        b"\xff" * 64,
    ],
)
def test_what_is_no_ed25519_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InputError) as caught:
        load_signing_key(path)
    assert caught.value.file == str(path)


def test_a_key_in_the_case_is_refused(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    with pytest.raises(InputError, match="must not lie"):
        make_signing_key(case / "log.key", seed=SEED, outside=case)
    make_signing_key(tmp_path / "log.key", seed=SEED, outside=case)
    (case / "link").symlink_to(tmp_path / "log.key")
    (tmp_path / "round").symlink_to(case / "log.key")
    with pytest.raises(InputError, match="must not lie"):
        load_signing_key(tmp_path / "round", outside=case)


def test_no_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "nothing", tmp_path, tmp_path / "pipe", tmp_path / "no" / "where"):
        with pytest.raises(InputError):
            load_signing_key(path)
    with pytest.raises(InputError, match="cannot write"):
        make_signing_key(tmp_path / "no" / "where", seed=SEED)
