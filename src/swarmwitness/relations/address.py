# SPDX-License-Identifier: Apache-2.0
"""Addresses as keys: text of one width that orders as the addresses do, made in the engine.

Theory of operation. No engine reads addresses, and Python would read them one by one. But canonical
text (RFC 5952 for IPv6) is regular enough for string expressions that every engine has. IPv4: the
four numbers, padded to three digits each: 12 digits. IPv6: `::` becomes as many zero groups as are
missing, then the eight groups are padded to four hex digits each: 32 digits. So keys of one version
compare as the addresses, and a prefix of a key is a network: 9 digits are a /24, 12 hex digits a /48,
16 a /64. The width tells the version.
"""

from __future__ import annotations

import ipaddress

import narwhals as nw

from swarmwitness.relations.engine import Frame

KEY4, KEY6 = 12, 32
"""Characters of a key."""
NET6 = 16
"""Hex digits of a /64."""
_GROUPS6 = 8


def key_of(ip: str) -> str:
    """The key of one address in canonical text, as `with_keys` makes it."""
    if ":" in ip:
        return f"{int(ipaddress.IPv6Address(ip)):032x}"
    return "".join(octet.zfill(3) for octet in ip.split("."))


def net_of(ip: str) -> str:
    """The block that an address is counted under: itself for IPv4, its /64 as 16 hex digits for IPv6."""
    return key_of(ip)[:NET6] if ":" in ip else ip


def with_keys(rows: Frame) -> Frame:
    """Rows with a column `key`, see above.

    Args:
        rows: With `ip`, canonical text: IPv4, or IPv6 without a dotted part.
    """
    groups = _spelled_out(nw.col("ip")).str.split(":")
    return rows.with_columns(_groups=groups).with_columns(key=_key()).drop("_groups")


def fours(rows: Frame) -> Frame:
    """The rows of IPv4, with a column `number`: the address as a whole number.

    Args:
        rows: As for `with_keys`.
    """
    # Spark would read a split at `.` as a pattern.
    groups = nw.col("ip").str.replace_all(".", ":", literal=True).str.split(":")
    a, b, c, d = (nw.col("_groups").list.get(at).cast(nw.Int64) for at in range(4))
    own = rows.filter(~_is_six()).with_columns(_groups=groups)
    return own.with_columns(number=((a * 256 + b) * 256 + c) * 256 + d).drop("_groups")


def sixes(rows: Frame) -> Frame:
    """The rows of IPv6, with a column `key` as `with_keys` makes it."""
    own = rows.filter(_is_six()).with_columns(_groups=_spelled_out(nw.col("ip")).str.split(":"))
    return own.with_columns(key=_joined(_GROUPS6, 4)).drop("_groups")


def with_net(rows: Frame) -> Frame:
    """Rows with a column `net`, as `net_of` says."""
    groups = _spelled_out(nw.col("ip")).str.split(":")
    net = nw.when(_is_six()).then(_joined(NET6 // 4, 4)).otherwise(nw.col("ip"))
    return rows.with_columns(_groups=groups).with_columns(net=net).drop("_groups")


def _is_six() -> nw.Expr:
    return nw.col("ip").str.contains(":", literal=True)


def _key() -> nw.Expr:
    return nw.when(_is_six()).then(_joined(_GROUPS6, 4)).otherwise(_joined(4, 3))


def _joined(n: int, width: int) -> nw.Expr:
    """The first n groups, each padded to a width; a group that is missing or empty is zero."""
    groups = (nw.col("_groups").list.get(at).fill_null("") for at in range(n))
    # Cheaper than zfill, which minds signs.
    return nw.concat_str([group.str.pad_start(width, "0") for group in groups])


def _spelled_out(ip: nw.Expr) -> nw.Expr:
    """Groups with a colon between them: of IPv4 four, of IPv6 eight (some of them may be empty)."""
    colons = ip.str.len_chars() - ip.str.replace_all(":", "", literal=True).str.len_chars()
    six = ip
    for n in range(2, _GROUPS6):
        zeros = ":" + "0:" * (_GROUPS6 - n)
        six = nw.when(colons == n).then(ip.str.replace_all("::", zeros, literal=True)).otherwise(six)
    # Spark would read a split at `.` as a pattern.
    return nw.when(_is_six()).then(six).otherwise(ip.str.replace_all(".", ":", literal=True))
