# SPDX-License-Identifier: Apache-2.0
from dataclasses import fields

from swarmwitness.vantage import WatchSettings

MAY_BE_NOTHING = {
    "local", "local6", "external", "limits", "listen_port", "dht", "dht_bootstrap", "dht_port", "lsd",
    "decoys", "canaries", "ca_file", "dht_nodes",
}  # fmt: skip


def test_every_number_bounds_something() -> None:
    settings = WatchSettings()
    numbers = {each.name: getattr(settings, each.name) for each in fields(settings)}
    positive = {name for name, value in numbers.items() if isinstance(value, int | float) and value > 0}
    assert set(numbers) - positive == MAY_BE_NOTHING
    assert settings.flush_s <= 1, "durable data lag by at most a second"
