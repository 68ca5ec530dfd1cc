# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from swarmwitness.lab.leasing.realleases import holdings_in, real_score, sightings_over
from swarmwitness.lab.leasing.rules import V0, leases
from swarmwitness.lab.leasing.score import score

FILE = """
lease 192.0.2.10 {
  starts 2 2013/12/10 12:00:00;
  ends 2 2013/12/10 13:00:00;
  hardware ethernet 00:00:5e:00:53:01;
}
lease 192.0.2.10 {
  starts epoch 1386684000; # Tue Dec 10 14:00:00 2013
  ends epoch 1386687600;
  hardware ethernet 00:00:5e:00:53:02;
}
lease 192.0.2.11 {
  starts 2 2013/12/10 12:00:00;
  ends never;
  hardware ethernet 00:00:5e:00:53:03;
}
lease 192.0.2.12 {
  starts 2 2013/12/10 12:00:00;
  ends 2 2013/12/10 12:00:00;
  binding state abandoned;
}
"""


def test_records_are_read_and_what_says_nothing_is_counted(tmp_path):
    (tmp_path / "a.leases").write_text(FILE)
    records = holdings_in(tmp_path)
    assert (records.n_records, records.n_left_out, len(records.held)) == (4, 2, 2)
    assert [h.begin for h in records.held] == [1386676800, 1386684000]
    seen = sightings_over(records.held)
    assert len(seen) == 24
    found = score(seen, leases(seen, V0))
    assert (found.n_leases, found.n_mixed, found.n_strange) == (1, 1, 12)
    assert "1 addresses were held by more than one machine" in real_score(records)


def test_no_files_are_no_records(tmp_path):
    assert "0 holdings" in real_score(holdings_in(tmp_path))


@pytest.mark.shared
def test_the_shared_files(shared):
    records = holdings_in(shared / "premises" / "isc-dhcp-leases")
    assert (records.n_records, records.n_left_out, len(records.held)) == (14, 4, 10)
