# SPDX-License-Identifier: Apache-2.0
"""Time-stamp tokens (RFC 3161): two verifiers by different hands must accept each.

The first is `rfc3161_client`, a library; the second the command `openssl`. Both take the token's own
instant as the instant at which the certificates must have been valid. Only status `granted` counts:
`grantedWithMods` says that the authority stamped something else than was asked for.

Some bytes of a token are signed by nobody (version numbers, the name of the signature algorithm). Neither
verifier sees a change there; the log does, because a token is an exhibit (docs/decisions/0027).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import TimeStampResponse, VerifierBuilder, decode_timestamp_response

from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.time.openssl import opinion
from swarmwitness.evidence.time.query import Query
from swarmwitness.terms import MalformedMessage

LIBRARY, COMMAND = "rfc3161-client", "openssl"
MOST_REPLY_BYTES = 64 * 1024
MOST_ROOTS_BYTES = 1024 * 1024
_SHA256 = "2.16.840.1.101.3.4.2.1"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_NAME_CHARACTERS = 300
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Token:
    """What a valid token says.

    Attributes:
        gen_time_ns: When, by the authority's clock; nanoseconds since 1970 UTC.
        accuracy_ns: The authority's own bound on the error; None where it states none.
        serial: The authority's number for this token.
        policy: Object identifier of the policy under which it was issued.
        authority: Subject of the certificate that signed.
        sha256: Of the whole reply, in hexadecimal.
        verified_by: Which verifiers accepted it; one alone where `openssl` could not be asked.
    """

    gen_time_ns: int
    accuracy_ns: int | None
    serial: int
    policy: str
    authority: str
    sha256: str
    verified_by: tuple[str, ...]


def check_token(reply: bytes, *, query: bytes, message: bytes, roots: bytes) -> Token:
    """Check a reply to a request about a message.

    Args:
        reply: DER TimeStampResp as it came.
        query: The request as it was sent (`Query.to_wire`).
        message: What was stamped; its SHA-256 is the imprint.
        roots: PEM certificates to trust, and those that lead to them, if the token lacks them.

    Raises:
        VerificationError: TOKEN_MALFORMED, TOKEN_REFUSED, TOKEN_IMPRINT, TOKEN_NONCE, TOKEN_SIGNATURE or
            TOKEN_UNTRUSTED.
    """
    asked, response = _answered(reply, query, message)
    trusted = read_roots(roots)
    signer = _guarded(Reason.TOKEN_SIGNATURE, lambda: _signer(response, trusted))
    _ask_library(response, asked, trusted, signer)
    info = _guarded(Reason.TOKEN_MALFORMED, lambda: _info(response))
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in trusted)  # both see the same certificates
    second = opinion(query=query, reply=reply, roots=pem, at_s=info.gen_time_ns // 1_000_000_000)
    if second.accepts is False:
        raise _failure(_reason(second.why), f"{COMMAND}: {second.why}")
    return Token(
        gen_time_ns=info.gen_time_ns,
        accuracy_ns=info.accuracy_ns,
        serial=info.serial,
        policy=info.policy,
        authority=_subject(signer),
        sha256=sha256(reply).hexdigest(),
        verified_by=(LIBRARY, COMMAND) if second.accepts else (LIBRARY,),
    )


def check_answer(reply: bytes, *, query: bytes, message: bytes) -> None:
    """Check what needs no root certificate: form, status, subject and nonce. The signature is not checked.

    Raises:
        VerificationError: TOKEN_MALFORMED, TOKEN_REFUSED, TOKEN_IMPRINT or TOKEN_NONCE.
    """
    _answered(reply, query, message)


def told_by(reply: bytes) -> tuple[int, str]:
    """What a reply says, unchecked: (nanoseconds since 1970 UTC, subject of the certificate that signed).

    What it is worth `check_token` says. The subject is "" where the token lacks its certificate.

    Raises:
        VerificationError: TOKEN_MALFORMED or TOKEN_REFUSED.
    """
    response = _decoded(reply)
    told = _guarded(Reason.TOKEN_MALFORMED, lambda: _info(response))
    try:
        signer = _guarded(Reason.TOKEN_SIGNATURE, lambda: _signer(response, []))
    except VerificationError:
        return told.gen_time_ns, ""
    return told.gen_time_ns, _subject(signer)


def read_roots(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a PEM text.

    Raises:
        VerificationError: TOKEN_UNTRUSTED where there are none, or one can't be read.
    """
    if len(pem) > MOST_ROOTS_BYTES:
        raise _failure(Reason.TOKEN_UNTRUSTED, f"more than {MOST_ROOTS_BYTES} bytes of root certificates")
    found = _guarded(Reason.TOKEN_UNTRUSTED, lambda: x509.load_pem_x509_certificates(pem))
    return list(dict.fromkeys(found))


def _answered(reply: bytes, query: bytes, message: bytes) -> tuple[Query, TimeStampResponse]:
    """The request, and the reply that fits it."""
    asked = _asked(query, message)
    response = _decoded(reply)
    _compare(response, asked)
    return asked, response


def _asked(query: bytes, message: bytes) -> Query:
    try:
        asked = Query.from_wire(query)
    except MalformedMessage as error:
        raise _failure(Reason.TOKEN_MALFORMED, f"the request: {error.why}") from None
    if asked.digest != sha256(message).digest():
        raise _failure(Reason.TOKEN_IMPRINT, "the request is about something else")
    return asked


def _decoded(reply: bytes) -> TimeStampResponse:
    if len(reply) > MOST_REPLY_BYTES:
        raise _failure(Reason.TOKEN_MALFORMED, f"more than {MOST_REPLY_BYTES} bytes")
    response = _guarded(Reason.TOKEN_MALFORMED, lambda: decode_timestamp_response(reply))
    status = _guarded(Reason.TOKEN_MALFORMED, lambda: (int(response.status), list(response.status_string)))
    if status[0] != 0:
        told = _shown(", ".join(status[1])) or "no reason given"
        raise _failure(Reason.TOKEN_REFUSED, f"status {status[0]}: {told}")
    return response


def _compare(response: TimeStampResponse, asked: Query) -> None:
    """Whether the token is about what was asked, and an answer to this very question."""
    info = _guarded(Reason.TOKEN_MALFORMED, lambda: response.tst_info)
    imprint = _guarded(
        Reason.TOKEN_MALFORMED,
        lambda: (info.message_imprint.hash_algorithm.dotted_string, info.message_imprint.message),
    )
    if imprint != (_SHA256, asked.digest):
        raise _failure(Reason.TOKEN_IMPRINT, "the token is about something else")
    if _guarded(Reason.TOKEN_MALFORMED, lambda: info.nonce) != asked.nonce:
        raise _failure(Reason.TOKEN_NONCE, "the token answers another request")


def _signer(response: TimeStampResponse, trusted: list[x509.Certificate]) -> x509.Certificate:
    """The certificate that the signature names, from the token or from those given."""
    names = [(info.issuer, info.serial_number) for info in response.signed_data.signer_infos]
    if len(names) != 1:
        raise ValueError(f"{len(names)} signatures instead of one")
    held = [x509.load_der_x509_certificate(bytes(raw)) for raw in response.signed_data.certificates]
    for certificate in (*held, *trusted):
        if (certificate.issuer, certificate.serial_number) == names[0]:
            return certificate
    raise ValueError("the certificate that signed is neither in the token nor among those given")


def _subject(signer: x509.Certificate) -> str:
    return _shown(_guarded(Reason.TOKEN_MALFORMED, signer.subject.rfc4514_string))


def _ask_library(
    response: TimeStampResponse, asked: Query, trusted: list[x509.Certificate], signer: x509.Certificate
) -> None:
    verifier = VerifierBuilder(tsa_certificate=None, roots=trusted, nonce=asked.nonce)
    if not response.signed_data.certificates:
        verifier = verifier.tsa_certificate(signer)
    try:
        verifier.build().verify(response, asked.digest)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001  # a foreign library, whose panics are no `Exception`
        raise _failure(_reason(str(error)), f"{LIBRARY}: {_shown(str(error))}") from None


@dataclass(frozen=True, slots=True)
class _Info:
    gen_time_ns: int
    accuracy_ns: int | None
    serial: int
    policy: str


def _info(response: TimeStampResponse) -> _Info:
    info = response.tst_info
    made = (info.gen_time - _EPOCH) // _MICROSECOND * 1000
    said = info.accuracy
    accuracy = None
    if said is not None:
        accuracy = (int(said.seconds or 0) * 1000 + int(said.millis or 0)) * 1_000_000
        accuracy += int(said.micros or 0) * 1000
    return _Info(made, accuracy, int(info.serial_number), info.policy.dotted_string)


def _guarded(reason: Reason, read: Callable[[], _T]) -> _T:
    """Read hostile bytes through a foreign parser, whose panics are no `Exception`."""
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001
        raise _failure(reason, _shown(str(error))) from None


def _reason(why: str) -> Reason:
    """Both verifiers speak with OpenSSL's words."""
    about_trust = ("certificate verify error", "EKU", "purpose", "Error while verifying certificates: no")
    return Reason.TOKEN_UNTRUSTED if any(word in why for word in about_trust) else Reason.TOKEN_SIGNATURE


def _failure(reason: Reason, why: str) -> VerificationError:
    return VerificationError(reason, None, "", why)


def _shown(text: str) -> str:
    """Text of strangers, fit to be printed."""
    kept = text[:_NAME_CHARACTERS]
    return "".join(char if char.isprintable() else "�" for char in kept)
