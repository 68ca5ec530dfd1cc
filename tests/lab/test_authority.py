# SPDX-License-Identifier: Apache-2.0
"""The laboratory's time authority over real HTTP: honest, and of each bad temper."""

from __future__ import annotations

import http.client
import shutil
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.time import Query, check_token
from swarmwitness.lab.authority import MOST_QUERY_BYTES, Authority, Behaviour
from swarmwitness.terms import InputError

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="`openssl` is not installed")
MESSAGE = b"message"
QUERY = Query.about(MESSAGE, b"12345678").to_wire()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("lab") / "authority")


def post(url: str, body: bytes, timeout_s: float = 20.0) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("POST", parts.path, body, {"Content-Type": "application/timestamp-query"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_it_stamps_what_it_is_asked(tmp_path: Path) -> None:
    with Authority.start(tmp_path / "a") as authority:
        status, reply = post(authority.url, QUERY)
        assert status == 200
        token = check_token(reply, query=QUERY, message=MESSAGE, roots=authority.roots_pem)
        assert abs(token.gen_time_ns - time.time_ns()) < 600 * 10**9
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    with pytest.raises(ConnectionRefusedError):
        post(authority.url, QUERY, 1.0)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour.REFUSING, Reason.TOKEN_REFUSED),
        (Behaviour.GARBAGE, Reason.TOKEN_MALFORMED),
        (Behaviour.OTHER_NONCE, Reason.TOKEN_NONCE),
        (Behaviour.OTHER_MESSAGE, Reason.TOKEN_IMPRINT),
    ],
)
def test_each_bad_temper_is_told_apart(made: Authority, behaviour: Behaviour, reason: Reason) -> None:
    with made.serving(behaviour=behaviour) as authority:
        status, reply = post(authority.url, QUERY)
    assert status == 200
    with pytest.raises(VerificationError) as failed:
        check_token(reply, query=QUERY, message=MESSAGE, roots=made.roots_pem)
    assert failed.value.reason is reason


def test_what_is_no_request_is_refused(made: Authority) -> None:
    with made.serving() as authority:
        assert post(authority.url, bytes(MOST_QUERY_BYTES + 1))[0] == 413
        assert post(authority.url, b"junk")[0] == 400
    with made.serving(behaviour=Behaviour.BROKEN) as authority:
        assert post(authority.url, QUERY)[0] == 500


def test_a_slow_one_keeps_its_callers_waiting_and_ends_with_its_block(made: Authority) -> None:
    before = threading.active_count()
    with made.serving(behaviour=Behaviour.SLOW) as authority, pytest.raises(TimeoutError):
        post(authority.url, QUERY, 0.3)
    time.sleep(0.2)
    assert threading.active_count() <= before + 1


def test_serial_numbers_do_not_repeat_under_many_hands(made: Authority) -> None:
    serials: list[int] = []

    def ask(url: str) -> None:
        reply = post(url, QUERY)[1]
        token = check_token(reply, query=QUERY, message=MESSAGE, roots=made.roots_pem)
        serials.append(token.serial)

    with made.serving() as authority:
        callers = [threading.Thread(target=ask, args=(authority.url,)) for _ in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(20)
    assert len(set(serials)) == len(callers)


def test_without_the_command_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="`openssl` is not installed"):
        Authority.make(tmp_path / "a")


def test_a_failure_of_the_command_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="openssl ca failed"):
        Authority.make(tmp_path / "a", valid_to="no date")
