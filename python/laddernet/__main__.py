"""The command line tool: the same program as the one without Python."""

import signal
import sys

from laddernet import _core


def main() -> None:
    """Run the command and end with its exit code."""
    # Python would only take note of Ctrl-C and look at it afterwards; the command has its own answer.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_core.main(["laddernet", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
