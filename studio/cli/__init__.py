"""The commands: everything that the window does, for servers and scripts.

`main` reads the command line and runs one command. Each command is a function of the parsed
arguments in a module beside this one, imported only when it runs, and returns an exit code.
"""

from __future__ import annotations

import io
import sys

from studio.cli.parser import parse
from studio.errors import FileError, StudioError, os_error_text

FAILED = 2
INTERRUPTED = 130  # as shells report a program that Ctrl-C ended


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 done, 2 wrong call or unusable input, 130 stopped by Ctrl-C."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code; what a person can put right is one line on stderr."""
    _escape_what_cannot_be_printed()
    try:
        options = parse(arguments)
        return int(options.run(options))
    except StudioError as error:
        return _fail(error)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has left
        sys.stderr.close()
        return 0
    except OSError as error:  # a path that is too long, or in a folder that may not be entered
        if error.filename is None:
            raise
        return _fail(FileError(error.filename, os_error_text(error)))


def _fail(error: StudioError) -> int:
    print(" ".join(str(error).splitlines()), file=sys.stderr)  # noqa: T201
    return FAILED


def _escape_what_cannot_be_printed() -> None:
    """Let names be printed that the encoding of a pipe or an old terminal lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
