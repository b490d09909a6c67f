"""How a command ends: with an exit code, and after an error of the user's with one sentence."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from edgenlp.errors import EdgeNLPError

USER_ERROR: Final = 1
KILLED_BY: Final = 128


def exit_code(command: Callable[[], int]) -> int:
    """Run a command and write out what it printed; what stops it is told on stderr.

    Returns:
        Its own exit code, 1 after an error that the user can mend, or 128 and the signal's number where it was
        interrupted or nobody reads on.
    """
    try:
        code = command()
        sys.stdout.flush()
    except EdgeNLPError as error:
        print(f"error: {error}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return KILLED_BY + signal.SIGINT
    except BrokenPipeError:
        # Python flushes stdout once more at exit: give it a place to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return KILLED_BY + signal.SIGPIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        return USER_ERROR
    return code
