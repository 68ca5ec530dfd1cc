# SPDX-License-Identifier: Apache-2.0
"""`python -m swarmwitness` is the command `swarmwitness`."""

from swarmwitness.cli import main

if __name__ == "__main__":
    main()
