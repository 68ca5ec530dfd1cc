# SPDX-License-Identifier: Apache-2.0
"""The figures and the address plan: what is fixed for every seed.

Every address is from a range that is nobody's: documentation (RFC 5737, RFC 3849), benchmarking
(RFC 2544) or reserved (RFC 1112). The figures are the published ones of the dispute that the case is
shaped by; they are reported figures, and the population behind them is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

SEED = 20260101

# The published figures (units differ: works, works, addresses, works, groups).
REGISTERED_WORKS = 2396
CORPORATE_WORKS = 157
CORPORATE_ADDRESSES = 47
HOME_WORKS = 97
HIDDEN_GROUPS = 6

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
WEEK_US = 7 * DAY_US
WEEKS = 417


def at_us(text: str) -> int:
    """`2025-03-20` -> microseconds since the epoch, at midnight UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


START_US = at_us("2018-01-01")  # a Monday
END_US = START_US + WEEKS * WEEK_US
NOTICE_US = at_us("2025-03-20")
# The day on which the company took block B over from an older owner.
TAKEOVER = "2020-01-01"
TAKEOVER_US = at_us(TAKEOVER)

KINDS = ("film", "episode", "book", "audio", "software", "image-set", "other")
FILM, EPISODE = KINDS.index("film"), KINDS.index("episode")

COMPANY = "company"
# Block A was the company's throughout, block B since TAKEOVER; of block G one source says so and the
# other names a tenant, so nobody's addresses there may be counted as the company's.
BLOCK_A, BLOCK_B, BLOCK_G = "203.0.113.0/25", "198.18.128.0/26", "203.0.113.192/27"
BLOCK_A_USED = 41
BLOCK_B_USED = CORPORATE_ADDRESSES - BLOCK_A_USED
HOME_ADDRESS = "198.19.77.14"


@dataclass(frozen=True, slots=True)
class Area:
    """A stretch of the background population: who lives where, how many, how long an address is theirs.

    Attributes:
        addresses: How many addresses of the prefix are seen.
        stay_weeks: Mean time that one actor keeps the address.
        volume: Mean number of downloads of one address (log-normal).
        users: Most people behind one address.
    """

    name: str
    prefix: str
    kind: str
    addresses: int
    stay_weeks: int
    volume: float
    users: int


AREAS = (
    Area("isp-1", "198.19.0.0/18", "residential", 1900, 60, 4.5, 4),
    Area("isp-2", "198.19.64.0/18", "residential", 1700, 80, 4.5, 4),
    Area("isp-3", "198.19.128.0/18", "residential", 1500, 40, 4.0, 4),
    Area("isp-4", "198.19.192.0/19", "residential", 700, 40, 4.0, 4),
    Area("cell-1", "198.18.160.0/21", "mobile", 260, 200, 9.0, 120),
    Area("exit-1", "198.18.116.0/24", "vpn", 60, 300, 22.0, 60),
    Area("college-1", "198.18.112.0/22", "education", 160, 250, 8.0, 40),
    Area("host-1", "198.18.32.0/21", "datacentre", 260, 70, 7.0, 1),
    Area("host-2", "198.18.40.0/21", "datacentre", 240, 70, 7.0, 1),
    Area("host-3", "198.18.48.0/21", "datacentre", 220, 70, 7.0, 1),
    Area("reserved", "240.0.0.0/20", "unknown", 60, 60, 3.0, 1),
    Area("isp-1", "2001:db8:1000::/48", "residential", 90, 120, 4.0, 4),
    Area("host-2", "2001:db8:2000::/48", "datacentre", 40, 120, 6.0, 1),
)
# Control organisations: ordinary companies whose staff fetch what staff fetch.
CONTROLS = tuple(
    Area(f"firm-{i + 1:02d}", f"198.18.{96 + i}.0/24", "corporate", 40, 250, 5.0, 60) for i in range(14)
)
# The blocks of the hidden groups, with other tenants of the same providers among them.
HIDDEN_PREFIXES = tuple(f"198.18.{4 * i}.0/22" for i in range(HIDDEN_GROUPS))
CLOUDS = tuple(f"cloud-{letter}" for letter in "abcdef")
TENANTS = tuple(
    Area(cloud, prefix, "datacentre", 70, 60, 7.0, 1)
    for cloud, prefix in zip(CLOUDS, HIDDEN_PREFIXES, strict=True)
)
# The older owner of block B, and the tenant of block G.
EARLIER = Area("northwind", BLOCK_B, "corporate", 12, 80, 5.0, 30)
GUESTS = Area("harbour-hotels", BLOCK_G, "corporate", 8, 300, 6.0, 50)
