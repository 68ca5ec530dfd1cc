# SPDX-License-Identifier: Apache-2.0
"""Set-oriented kernels over rows: leases, downloads, counts, look-up. One code for every engine.

May be added: a kernel: rows in, rows out, total order, integer counts.
Never: floats that a finding prints, organisation names as logic, I/O.
Start with engine.py, then leases.py.
"""
