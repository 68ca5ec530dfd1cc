# SPDX-License-Identifier: Apache-2.0
"""The command line: the table of commands, and how a failure becomes an exit status.

Exit status: 0 done; 1 a check failed; 2 wrong use or bad input, in one clear line.
A command's module is imported when the command is called: `--help` need not load a statistics library.
"""

from __future__ import annotations

import sys
from importlib import import_module

from cyclopts import App, CycloptsError, UnusedCliTokensError

from swarmwitness import __version__
from swarmwitness.cli.show import printable
from swarmwitness.evidence import VerificationError
from swarmwitness.terms import InputError

STOPPED = "interrupted; what was sealed stays sealed"
DONE, CHECK_FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
COMMANDS = {
    "demo": "Watch a laboratory swarm and weigh a synthetic case, from packet to report.",
    "init": "Make a case folder and begin its two logs: what is seen, what is done.",
    "observe": "Watch the swarms of a case and seal every byte that is seen.",
    "intake": "Take in what others hand over: tables, checked row by row, and sealed logs.",
    "networks": "Take in, list, show, compare and fetch the tables that say who held an address.",
    "who": "Say who held an address at a time, as each source says, with its date.",
    "run": "Count, attribute and weigh a case; write findings and report.",
    "verify": "Check sealed evidence; name the file and the exhibit that fails.",
    "report": "Write the report of a run anew.",
    "custody": "Print every act on a case; note, exclude, hold, release, erase, retain, drop, publish.",
    "reveal": "Say which address a pseudonym stands for, for a stated reason; the asking is sealed.",
    "bundle": "Hand chosen exhibits to somebody: with proofs, and no more.",
    "export": "Write a case as CASE/UCO, or drafts of certificates for a person to sign.",
}
GROUPS = ("custody", "networks")
"""Commands with subcommands: their module makes an application of its own, `app()`."""
HELP = """Forensic evidence about works that travel over BitTorrent: from packet to finding.

Every number has its unit, its evidence rung and its error rate, and can be traced to sealed bytes.
Begin with `swarmwitness demo --out demo-out`."""


def build(called: str = "") -> App:
    """The application, made anew for each call: no state survives in the module.

    The command that is called explains itself at length, with examples; the others in one line.
    """
    app = App(name="swarmwitness", help=HELP, version=__version__, help_format="markdown")
    for name, summary in COMMANDS.items():
        path = f"swarmwitness.cli.{name}:{name}"
        if name == called and name in GROUPS:
            app.command(import_module(f"swarmwitness.cli.{name}").app())
        elif name == called:
            app.command(path, name=name)
        else:
            app.command(path, name=name, help=summary)
    return app


def status_of(arguments: list[str]) -> int:
    """Run one command; its exit status. Every expected failure is one line on standard error."""
    try:
        app = build(arguments[0] if arguments else "")
        result = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except BrokenPipeError:
        return _quiet_pipe()
    except (CycloptsError, InputError, VerificationError, KeyboardInterrupt, OSError, RuntimeError) as error:
        return _failed(error)
    return result if isinstance(result, int) else DONE


def _failed(error: BaseException) -> int:
    match error:
        case UnusedCliTokensError():
            left = " ".join(error.unused_tokens or ())
            return _complain(f"not understood: {left}; `--help` of the command says what it takes", WRONG_USE)
        case VerificationError():
            return _complain(f"evidence fails: {error}", CHECK_FAILED)
        case KeyboardInterrupt():
            return _complain(STOPPED, INTERRUPTED)
        case OSError():
            return _complain(_refused(error), WRONG_USE)
        case RuntimeError():
            # An engine that is interrupted says so in its own words; any other is a mistake of ours.
            if "interrupt" not in str(error).lower():
                raise error
            return _complain(STOPPED, INTERRUPTED)
    return _complain(str(error), WRONG_USE)


def _refused(error: OSError) -> str:
    """The system refused something: what, and to which file."""
    place = f"{error.filename}: " if error.filename is not None else ""
    return f"{place}{error.strerror or error}"


def _complain(line: str, status: int) -> int:
    print(f"swarmwitness: {printable(' '.join(line.split()))}", file=sys.stderr)
    return status


def _quiet_pipe() -> int:
    """The reader of our output went away (`| head`): not our failure, and not worth a traceback."""
    sys.stderr.close()
    return DONE
