"""Runs the trainings of a table on a HyperQueue cluster: here a server and two workers on this machine.

    pip install hyperqueue
    python docs/run_on_hyperqueue.py laddernet reproduce digits --seeds 1..10

On a cluster that stands already, take `Client(server_dir)` for the one of `LocalCluster`.
"""

import subprocess
import sys

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig


def main() -> None:
    grid = sys.argv[1:]
    if not grid:
        sys.exit(__doc__)
    listed = subprocess.run([*grid, "--list"], check=True, stdout=subprocess.PIPE, text=True)
    with LocalCluster() as cluster:
        for _ in range(2):
            cluster.start_worker(WorkerConfig(cores=1))
        job = Job()
        for task in listed.stdout.split():
            job.program([*grid, "--threads", "1", "--quiet", "--task", task])
        client = cluster.client()
        client.wait_for_jobs([client.submit(job)])
    subprocess.run([*grid, "--render"], check=True)


if __name__ == "__main__":
    main()
