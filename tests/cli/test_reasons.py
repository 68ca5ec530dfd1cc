# SPDX-License-Identifier: Apache-2.0
"""Every reason is explained, in one plain sentence."""

import pytest

from swarmwitness.cli.reasons import SENTENCES, sentence
from swarmwitness.evidence.failure import Reason


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.value)
def test_every_reason_has_its_own_sentence(reason: Reason) -> None:
    told = SENTENCES[reason]
    assert told == sentence(reason)
    assert told.endswith(".")
    assert told[0].isupper()
    assert len(told) <= 90
    assert list(SENTENCES.values()).count(told) == 1
    assert not any(word in told.lower() for word in ("merkle", "leaf", "tile", "nonce", "imprint", "dsse"))
