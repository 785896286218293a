"""The command line tool: the same program as the one without Python."""

import sys

from laddernet import _core


def main() -> None:
    """Run the command and end with its exit code."""
    sys.exit(_core.main(["laddernet", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
