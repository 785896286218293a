"""The environment of the benchmarks on tables: bench/.venv-tables, made from pinned versions the first time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PINNED = (
    "lightgbm==4.7.0",
    "numpy==2.4.6",
    "pandas==3.1.1",
    "pyarrow==26.0.1",
    "scikit-learn==1.9.1",
    "scipy==1.17.1",
)
FOLDER = Path(__file__).resolve().parent / ".venv-tables"


def enter():
    """Starts this program again inside the environment, unless it runs there; one thread for all libraries.

    One thread, so that seconds can be compared and jobs beside each other do not disturb one another.
    """
    if Path(sys.prefix).resolve() == FOLDER and made():
        return
    if not made():
        make()
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    os.execve(FOLDER / "bin/python", [str(FOLDER / "bin/python"), "-B", *sys.argv], {**threads, **os.environ})


def made():
    try:
        return (FOLDER / "pinned").read_text().split() == list(PINNED)
    except OSError:
        return False


def make():
    python = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11")
    if python is None:
        sys.exit("bench/.venv-tables needs Python 3.11: put python3.11 into PATH")
    print(f"making {FOLDER}: {' '.join(PINNED)}", file=sys.stderr)
    subprocess.run([python, "-m", "venv", "--clear", FOLDER], check=True)
    (FOLDER / ".gitignore").write_text("*\n")
    subprocess.run([FOLDER / "bin/python", "-m", "pip", "install", "--quiet", *PINNED], check=True)
    (FOLDER / "pinned").write_text("\n".join(PINNED) + "\n")
