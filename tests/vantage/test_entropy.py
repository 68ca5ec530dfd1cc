# SPDX-License-Identifier: Apache-2.0
from swarmwitness.vantage.entropy import POOL_BYTES, Entropy


def test_no_byte_is_given_out_twice() -> None:
    entropy = Entropy()
    drawn = [entropy.draw(16) for _ in range(POOL_BYTES // 8)]
    assert len(set(drawn)) == len(drawn)
    assert {len(each) for each in drawn} == {16}


def test_more_than_the_pool_and_nothing() -> None:
    entropy = Entropy()
    assert len(entropy.draw(3 * POOL_BYTES)) == 3 * POOL_BYTES
    assert entropy.draw(0) == b""
    assert 0 <= entropy.number() < 1 << 32
