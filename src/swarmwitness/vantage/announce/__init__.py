# SPDX-License-Identifier: Apache-2.0
"""Asking trackers over sockets, so that every byte and datagram that crosses them is recorded.

Lives here: names looked up, HTTP exchanges with their redirects and TLS, one socket for all UDP trackers.
May be added: another transport to a tracker, one per file.
Never: what is said and how it is read, which is in swarm/announce; an error of the network raised.
Start with announcer.py, then http.py and udp.py.
"""

from swarmwitness.vantage.announce.announcer import Announcer, AnnounceSettings, announce, scrape

__all__ = ["AnnounceSettings", "Announcer", "announce", "scrape"]
