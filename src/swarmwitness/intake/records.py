# SPDX-License-Identifier: Apache-2.0
r"""CSV bytes -> records, exactly and by hand: the definition of what a record is.

Theory of operation. Records are those of RFC 4180 with UTF-8 text: fields parted by commas, ended by
LF or CRLF; a field that begins with a quote ends with one, may hold commas and ends of line, and
doubles its quotes. Elsewhere a quote is a character like another. Blank lines are no records.

A record that breaks these rules must not take its neighbours with it (one unclosed quote would
swallow the rest of a file). So what is refused is its first physical line alone, and reading goes on
at the next line. The same bytes give the same records wherever the file is cut into stretches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from swarmwitness.intake.pieces import Broken, shown

RECORD_BYTES_MAX = 1 << 20
"""A longer record is refused: a bound on what one quote can make us hold."""
_QUOTE, _COMMA, _LF, _CR = b'",\n\r'
_BARE = re.compile(rb"[^,\n]*")


@dataclass(slots=True)
class Records:
    """What a stretch held.

    Attributes:
        fields, starts, ends: Fields, byte span in the stretch, of each well-formed record.
        numbers, lines: Their record numbers and first physical lines.
        broken: The refused ones.
        consumed: Bytes read; what follows is the beginning of an unfinished record.
        n_lines, n_records: Physical lines and records within `consumed`.
    """

    fields: list[list[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    consumed: int = 0
    n_lines: int = 0
    n_records: int = 0


class _Refused(ValueError):
    """The record at hand breaks the rules."""


class _Unfinished(Exception):
    """More bytes are needed to tell."""


def read_records(
    data: bytes,
    *,
    at_end: bool,
    n_fields: int | None,
    record: int = 1,
    line: int = 1,
    most: int | None = None,
) -> Records:
    """Read whole records from the beginning of `data`.

    Args:
        data: Bytes that begin at a record's first byte.
        at_end: Whether the file ends with `data`.
        n_fields: Fields that each record must have; None = any number (the header).
        record, line: Number of the first record and of the first physical line.
        most: Stop after so many records.
    """
    found = Records()
    position = 0
    while position < len(data) and (most is None or found.n_records < most):
        newline = data.find(b"\n", position)
        if newline < 0 and not at_end:
            break
        stop = newline if newline >= 0 else len(data)
        if data[position:stop].rstrip(b"\r"):
            try:
                fields, end = _record(data, position, stop, at_end)
                _check_count(len(fields), n_fields)
            except _Unfinished:
                break
            except _Refused as refusal:
                row = shown(data[position:stop].removesuffix(b"\r"))
                found.broken.append(Broken(record + found.n_records, line + found.n_lines, str(refusal), row))
            else:
                _keep(found, fields, (position, end), record, line)
                found.n_lines += data.count(b"\n", stop, end)
                stop = end
            found.n_records += 1
        position = stop + 1
        found.n_lines += 1
    found.consumed = min(position, len(data))
    return found


def _keep(found: Records, fields: list[str], span: tuple[int, int], record: int, line: int) -> None:
    found.fields.append(fields)
    found.starts.append(span[0])
    found.ends.append(span[1])
    found.numbers.append(record + found.n_records)
    found.lines.append(line + found.n_lines)


def _check_count(n: int, wanted: int | None) -> None:
    if wanted is not None and n != wanted:
        raise _Refused(f"{n} field{'s' * (n != 1)}, the header has {wanted}")


def _record(data: bytes, start: int, stop: int, at_end: bool) -> tuple[list[str], int]:
    """The fields of the record at `start` and where its end of line stands; `stop` = of its first line."""
    if stop - start > RECORD_BYTES_MAX:
        raise _Refused(f"longer than {RECORD_BYTES_MAX} bytes")
    if data.find(b'"', start, stop) >= 0:
        raw, end = _quoted_record(data, start, at_end)
        return [_text(value) for value in raw], end
    line = data[start:stop].removesuffix(b"\r")
    if b"\r" in line:
        raise _Refused("a carriage return outside quotes")
    return _text(line).split(","), stop


def _text(value: bytes) -> str:
    if b"\0" in value:
        raise _Refused("a NUL byte")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Refused(f"not UTF-8 ({error.reason})") from None


def _quoted_record(data: bytes, start: int, at_end: bool) -> tuple[list[bytes], int]:
    fields: list[bytes] = []
    position = start
    while True:
        value, position = _field(data, position, start, at_end)
        fields.append(value)
        if position == len(data) or data[position] == _LF:
            return fields, position
        position += 1


def _field(data: bytes, position: int, start: int, at_end: bool) -> tuple[bytes, int]:
    """One field and the place of the comma or LF behind it, or of the end of the file."""
    if position < len(data) and data[position] == _QUOTE:
        return _quoted_field(data, position + 1, start, at_end)
    match = _BARE.match(data, position)
    end = match.end() if match else position
    if end - start > RECORD_BYTES_MAX:
        raise _Refused(f"longer than {RECORD_BYTES_MAX} bytes")
    if end == len(data) and not at_end:
        raise _Unfinished
    value = data[position:end]
    last = end == len(data) or data[end] == _LF
    value = value.removesuffix(b"\r") if last else value
    if b"\r" in value:
        raise _Refused("a carriage return outside quotes")
    return value, end


def _quoted_field(data: bytes, begin: int, start: int, at_end: bool) -> tuple[bytes, int]:
    quote = data.find(b'"', begin, start + RECORD_BYTES_MAX)
    while quote >= 0 and data[quote + 1 : quote + 2] == b'"':
        quote = data.find(b'"', quote + 2, start + RECORD_BYTES_MAX)
    whole = at_end or len(data) > start + RECORD_BYTES_MAX
    if quote < 0:
        raise _Refused("a quote is opened and never closed") if whole else _Unfinished
    end = quote + 1
    last = at_end and end == len(data) - 1 and data[end] == _CR
    if last or data[end : end + 2] == b"\r\n":
        end += 1
    if end + 1 >= len(data) and not at_end:
        raise _Unfinished
    if end < len(data) and data[end] not in (_COMMA, _LF):
        raise _Refused("text behind a closing quote")
    return data[begin:quote].replace(b'""', b'"'), end
