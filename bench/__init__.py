# SPDX-License-Identifier: Apache-2.0
"""Speed, as ratios to named peers in one run. Machines are shared and noisy: nothing here is a test."""
