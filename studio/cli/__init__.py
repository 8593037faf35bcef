"""The commands: everything that the window does, for servers and scripts.

`main` reads the command line and runs one command. Each command is a function of the parsed
arguments in a module beside this one, imported only when it runs, and returns an exit code.
"""

from __future__ import annotations

import sys

from studio.cli.parser import parse
from studio.errors import StudioError

FAILED = 2
INTERRUPTED = 130  # as shells report a program that Ctrl-C ended


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 done, 2 wrong call or unusable input, 130 stopped by Ctrl-C."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code; what a person can put right is one line on stderr."""
    try:
        options = parse(arguments)
        return int(options.run(options))
    except StudioError as error:
        print(" ".join(str(error).split()), file=sys.stderr)  # noqa: T201
        return FAILED
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has left
        sys.stderr.close()
        return 0
