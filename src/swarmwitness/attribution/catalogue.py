# SPDX-License-Identifier: Apache-2.0
"""What may be fetched, from whom, in which format, and what its publisher asks. One table of data.

Nothing here is fetched by itself: a person asks for it by name. An address that holds `{year}`, `{month}`,
`{day}` or `{hour}` is that of a dated file. May be added: a file that its publisher gives anybody, without
a contract.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from swarmwitness.attribution.sources.record import Told
from swarmwitness.terms import InputError


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that somebody publishes.

    Attributes:
        name: As on the command line; also the `source` under which it speaks.
        url: https, with places for a day where the file is dated.
        format: As in sources/formats.py; '' = found out.
        publisher: For people.
        licence: What is asked of who uses it or hands it on, in a sentence; shown before fetching.
        may_hand_on: Whether a copy may be given to others under a stated licence. False = not, or not stated.
        told: What must be told of it when it is taken in.
        max_mib: A larger answer is refused.
    """

    name: str
    url: str
    format: str
    publisher: str
    licence: str
    may_hand_on: bool = False
    told: Told = field(default_factory=lambda: Told(""))
    max_mib: int = 64

    @property
    def dated(self) -> bool:
        """Whether a day must be named."""
        return "{year}" in self.url

    def url_on(self, day: dt.date | None = None) -> str:
        """The address of the file, of a day where it is dated.

        Raises:
            InputError: a day is needed and none is given.
        """
        if not self.dated:
            return self.url
        if day is None:
            raise InputError(f"{self.name} is published by day: say which", field="as_of")
        return self.url.format(
            year=f"{day.year:04}", month=f"{day.month:02}", day=f"{day.day:02}", hour="0000"
        )


def offer_of(name: str) -> Offer:
    """The offer of a name.

    Raises:
        InputError: there is none.
    """
    for one in CATALOGUE:
        if one.name == name:
            return one
    raise InputError(
        f"nothing of that name can be fetched; there are {', '.join(one.name for one in CATALOGUE)}"
    )


_UNSTATED = "for its customers' and their partners' use; no licence to hand it on is stated"
_ROUTES = "CC BY 4.0: name the University of Oregon RouteViews project where results are shown"
_REGISTRY = "statistics of the registries, free to use; name the registry"


def _cloud(name: str, url: str, form: str, publisher: str, **told: str) -> Offer:
    said = Told(name, None, told.get("org_id", ""), publisher if told.get("org_id") else "",
                "datacentre" if told else "unknown")  # fmt: skip
    return Offer(name, url, form, publisher, f"Published by {publisher} {_UNSTATED}.", told=said)


def _registry(name: str, host: str) -> Offer:
    url = f"https://{host}/delegated-{name}-extended-latest"
    return Offer(f"delegated-{name}", url, "delegated", name, f"{_REGISTRY}.", told=Told(f"delegated-{name}"))


CATALOGUE: tuple[Offer, ...] = (
    Offer("routeviews", "https://archive.routeviews.org/bgpdata/{year}.{month}/RIBS/rib.{year}{month}{day}.{hour}.bz2",
          "mrt", "University of Oregon, RouteViews", f"{_ROUTES}.", True, Told("routeviews"), 512),
    Offer("routeviews6",
          "https://archive.routeviews.org/route-views6/bgpdata/{year}.{month}/RIBS/rib.{year}{month}{day}.{hour}.bz2",
          "mrt", "University of Oregon, RouteViews", f"{_ROUTES}.", True, Told("routeviews6"), 512),
    Offer("ripe-ris", "https://data.ris.ripe.net/rrc00/{year}.{month}/bview.{year}{month}{day}.{hour}.gz",
          "mrt", "RIPE NCC, Routing Information Service",
          "RIPE NCC's terms for RIS data: free to use, name the source.", False, Told("ripe-ris"), 2048),
    Offer("pfx2as",
          "https://publicdata.caida.org/datasets/routing/routeviews-prefix2as/{year}/{month}/"
          "routeviews-rv2-{year}{month}{day}-1200.pfx2as.gz",
          "pfx2as", "CAIDA",
          "CAIDA's acceptable use agreement: name CAIDA; not for handing on without asking.",
          False, Told("caida")),
    _registry("ripencc", "ftp.ripe.net/pub/stats/ripencc"),
    _registry("arin", "ftp.arin.net/pub/stats/arin"),
    _registry("apnic", "ftp.apnic.net/stats/apnic"),
    _registry("lacnic", "ftp.lacnic.net/pub/stats/lacnic"),
    _registry("afrinic", "ftp.afrinic.net/pub/stats/afrinic"),
    Offer("rpki", "https://console.rpki-client.org/vrps.json", "roa", "rpki-client.org",
          "Computed from the registries' published ROAs; free to use.", False, Told("rpki"), 256),
    _cloud("aws", "https://ip-ranges.amazonaws.com/ip-ranges.json", "aws", "Amazon"),
    _cloud("google", "https://www.gstatic.com/ipranges/goog.json", "google", "Google"),
    _cloud("google-cloud", "https://www.gstatic.com/ipranges/cloud.json", "google", "Google"),
    _cloud("oracle", "https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json", "oracle", "Oracle"),
    _cloud("github", "https://api.github.com/meta", "github", "GitHub"),
    _cloud("fastly", "https://api.fastly.com/public-ip-list", "fastly", "Fastly"),
    _cloud("cloudflare", "https://api.cloudflare.com/client/v4/ips", "cloudflare", "Cloudflare"),
    _cloud("cloudflare-v4", "https://www.cloudflare.com/ips-v4", "list", "Cloudflare", org_id="cloudflare"),
    _cloud("cloudflare-v6", "https://www.cloudflare.com/ips-v6", "list", "Cloudflare", org_id="cloudflare"),
    _cloud("digitalocean", "https://digitalocean.com/geo/google.csv", "geofeed", "DigitalOcean",
           org_id="digitalocean"),
    _cloud("linode", "https://geoip.linode.com/", "geofeed", "Linode", org_id="akamai"),
    _cloud("vultr", "https://geofeed.constant.com/?text", "list", "Vultr", org_id="vultr"),
    _cloud("gptbot", "https://openai.com/gptbot.json", "crawler", "OpenAI"),
    _cloud("googlebot", "https://developers.google.com/static/search/apis/ipranges/googlebot.json",
           "crawler", "Google"),
    _cloud("bingbot", "https://www.bing.com/toolbox/bingbot.json", "crawler", "Microsoft"),
    _cloud("apple-relay", "https://mask-api.icloud.com/egress-ip-ranges.csv", "apple-relay", "Apple"),
    Offer("tor", "https://check.torproject.org/exit-addresses", "tor", "The Tor Project",
          "Data of the Tor Project, CC0 1.0.", True, Told("tor")),
    Offer("tor-bulk", "https://check.torproject.org/torbulkexitlist", "list", "The Tor Project",
          "Data of the Tor Project, CC0 1.0.", True, Told("tor-bulk", kind="vpn", service="tor_exit")),
)  # fmt: skip
"""Microsoft's ServiceTags are behind a page whose address changes each week: fetch them by hand."""
