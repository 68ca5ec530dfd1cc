# SPDX-License-Identifier: Apache-2.0
"""From `[observe]` of a case to the rules and numbers of a watch."""

from __future__ import annotations

import datetime as dt

from swarmwitness.case.config import CaseConfig, ObserveConfig
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import IPAddress
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.terms.instant import EPOCH
from swarmwitness.vantage import WatchSettings
from swarmwitness.vantage.descriptors import sockets_for

DAY_NS = 86_400 * 1_000_000_000


def conduct_of(config: CaseConfig) -> Conduct:
    """What the observer may do and say."""
    said = config.observe
    return Conduct(
        contact=said.contact,
        dials_per_network_per_s=max(1, int(said.dials_per_network_per_s)),
        min_announce_interval_s=said.announce_every_s,
        private_networks=config.synthetic,
        content_until_ns=None if config.authority is None else _end_of(config.authority.expires),
    )


def _end_of(day: dt.date) -> int:
    """UTC nanoseconds; the day itself is covered."""
    return (day.toordinal() + 1 - EPOCH.toordinal()) * DAY_NS


def settings_of(said: ObserveConfig) -> WatchSettings:
    """How to watch."""
    return WatchSettings(
        local=_address(said.address),
        local6=_address(said.address6),
        external=_address(said.external),
        listen_port=said.listen,
        utp=said.utp,
        mse=said.encryption,
        pex=said.pex,
        metadata=said.metadata,
        challenge=said.challenge,
        holepunch=said.holepunch,
        dht=said.dht,
        dht_bootstrap=said.dht_bootstrap,
        lsd=said.lsd,
        decoys=said.decoys,
        canaries=said.canaries,
        scrape_every_s=said.scrape_every_s,
        max_open=sockets_for(said.max_connections),
        max_utp=said.max_utp_connections,
        dials_per_s=max(1, int(said.dials_per_s)),
    )


def _address(text: str) -> IPAddress | None:
    return address_from_text(text) if text else None
