# SPDX-License-Identifier: Apache-2.0
from dataclasses import fields

from swarmwitness.vantage import WatchSettings


def test_every_number_bounds_something() -> None:
    settings = WatchSettings()
    numbers = {each.name: getattr(settings, each.name) for each in fields(settings)}
    positive = {name for name, value in numbers.items() if isinstance(value, int | float) and value > 0}
    assert set(numbers) - positive == {"local", "limits", "announce_port"}
    assert settings.flush_s <= 1, "durable data lag by at most a second"
