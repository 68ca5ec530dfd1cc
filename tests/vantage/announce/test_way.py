# SPDX-License-Identifier: Apache-2.0
from swarmwitness.terms import Endpoint
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage.announce import AnnounceSettings

FOUR, SIX = Endpoint.of("192.0.2.1", 80), Endpoint.of("2001:db8::1", 80)


def routes(desk, settings, *endpoints):
    async def question(announcer):
        return announcer._routes(endpoints, 5.0)

    return desk.run(question, settings=settings)[0]


def test_a_way_for_each_family_that_both_sides_have(desk) -> None:
    ours4, ours6 = address_from_text("127.0.0.1"), address_from_text("::1")
    free = routes(desk, AnnounceSettings(), SIX, FOUR)
    assert [(there, way.version, way.local) for there, way in free] == [([FOUR], 4, None), ([SIX], 6, None)]
    bound = routes(desk, AnnounceSettings(ours4, ours6), SIX, FOUR)
    assert [(way.local, way.deadline) for _, way in bound] == [(ours4, 5.0), (ours6, 5.0)]
    assert [way.version for _, way in routes(desk, AnnounceSettings(local6=ours6), SIX, FOUR)] == [6]
    assert routes(desk, AnnounceSettings(local=ours4), SIX) == []
    assert routes(desk, AnnounceSettings(local=ours6), SIX)[0][1].local == ours6
