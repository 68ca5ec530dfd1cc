# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.scrape import (
    MAX_ANOMALIES,
    MAX_FILES,
    ScrapedFile,
    ScrapeResponse,
    scrape_request,
    scrape_url,
    scraped_hashes,
)

HASH = bytes.fromhex("123456789abcdef123456789abcdef123456789a")


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("http://t.example/announce", "http://t.example/scrape"),
        ("http://t.example/x/announce", "http://t.example/x/scrape"),
        ("http://t.example/announce.php?passkey=k", "http://t.example/scrape.php?passkey=k"),
        ("http://t.example/announce?x2%0644", "http://t.example/scrape?x2%0644"),
        ("https://t.example:8443/announce#f", "https://t.example:8443/scrape"),
        ("http://t.example/announce?x=2/4", "http://t.example/scrape?x=2/4"),
        ("http://t.example/a", None),
        ("http://t.example/x%064announce", None),
        ("http://t.example/announce/k", None),
        ("http://t.example", None),
    ],
)
def test_where_to_scrape(url: str, where: str | None) -> None:
    assert scrape_url(url) == where


def test_the_request_names_one_torrent() -> None:
    raw = scrape_request("http://t.example/scrape?k=1", HASH, "x")
    assert raw.startswith(
        b"GET /scrape?k=1&info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A HTTP/1.1\r\n"
    )
    assert scraped_hashes(raw) == (HASH,)


def test_a_request_for_all() -> None:
    assert scraped_hashes(b"GET /scrape HTTP/1.1\r\n\r\n") == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"POST /scrape HTTP/1.1\r\n\r\n",
        b"GET /scrape?info_hash=abc HTTP/1.1\r\n\r\n",
        b"GET /s?x HTTP/1.1\r\n\r\n",
    ],
)
def test_refused_requests(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        scraped_hashes(raw)


def read(value: Encodable) -> ScrapeResponse:
    return ScrapeResponse.from_wire(encode(value))


def test_an_answer() -> None:
    answer = read({"files": {HASH: {"complete": 5, "downloaded": 50, "incomplete": 10, "name": "x"}}})
    assert answer.files == {HASH: ScrapedFile(5, 10, 50)}
    assert answer.anomalies == ()
    assert answer.failure_reason is None


def test_a_refusal() -> None:
    assert read({"failure reason": b"no \xff"}).failure_reason == "no \\xff"


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ({}, []),
        ({"files": []}, ["tracker_field"]),
        ({"files": {b"short": {"complete": 1}}}, ["scrape_entry"]),
        ({"files": {HASH: 5}}, ["scrape_entry"]),
        ({"files": {HASH: {"complete": -1, "incomplete": b"x"}}}, ["tracker_field"] * 2),
    ],
)
def test_oddities_are_kept(value: Encodable, kinds: list[str]) -> None:
    assert [anomaly.kind for anomaly in read(value).anomalies] == kinds


def test_a_tracker_that_sends_all_it_has_is_read_up_to_a_number() -> None:
    answer = read(
        {"files": {number.to_bytes(20, "big"): {"complete": b"x"} for number in range(MAX_FILES + 5)}}
    )
    assert len(answer.files) == MAX_FILES
    assert len(answer.anomalies) == MAX_ANOMALIES + 1
    assert answer.anomalies[0].kind == "scrape_size"


def test_trailing_bytes_are_odd() -> None:
    assert [a.kind for a in ScrapeResponse.from_wire(b"de<html>").anomalies] == ["trailing_bytes"]


def test_every_truncation_is_refused() -> None:
    body = encode({"files": {HASH: {"complete": 5}}})
    for end in range(len(body)):
        with pytest.raises(MalformedMessage):
            ScrapeResponse.from_wire(body[:end])


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for raw in (data, b"d5:files" + data):
        with suppress(MalformedMessage):
            assert ScrapeResponse.from_wire(raw).raw == raw
