"""What a benchmark ran on, and whether it had the machine to itself."""

import os
import re
import resource
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 0.2  # share of a core that other programs may take while something is timed


def cpu_seconds():
    """(busy seconds of the whole machine, seconds of this process and its ended children)."""
    with open("/proc/stat") as file:
        user, nice, system, idle, iowait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    own = sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    return busy, own


class Others:
    """How much of a core other programs took since this was made."""

    def __init__(self):
        self.time, (self.busy, self.own) = time.monotonic(), cpu_seconds()

    def share(self):
        busy, own = cpu_seconds()
        return max(0.0, (busy - self.busy) - (own - self.own)) / (time.monotonic() - self.time)


def machine():
    """What it was measured on."""
    info = Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", info)
    flags = re.search(r"flags\s*: (.*)", info)
    wanted = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile")
    model = " ".join(
        f"{key.replace('cpu ', '')} {found[1]}"
        for key in ("cpu family", "model", "stepping")
        if (found := re.search(rf"^{key}\s*: (\d+)", info, re.M))
    )
    return {
        "cpu": name[1].strip() if name else "unknown processor",
        "model": model,
        "cores": os.cpu_count(),
        "flags": [f for f in wanted if flags and f in flags[1].split()],
        "system": " ".join(os.uname()[i] for i in (0, 2, 4)),
    }


def results(kind, where):
    """The file of a kind of measurement on this kind of processor."""
    slug = re.sub(r"[^a-z0-9]+", "-", f"{where['cpu']} {where['model']}".lower().replace("(r)", "")).strip("-")
    path = ROOT / "bench" / "results" / f"{kind}-{slug}.json"
    path.parent.mkdir(exist_ok=True)
    return path


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def commit():
    """The commit, with a + where the crates hold changes."""
    return output("git", "rev-parse", "--short", "HEAD") + ("+" if output("git", "status", "--short", "crates") else "")
