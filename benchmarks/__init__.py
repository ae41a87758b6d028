"""Speed and memory of rnnlib, as ratios measured in one run."""

import csv
import os
from statistics import median

# With these a machine forces other kernels on NumPy's library of products. Here it picks its own.
FORCED = "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"


def environment(threads):
    """The environment of a contestant: so many threads, and the kernels that its library picks."""
    free = {name: value for name, value in os.environ.items() if name not in FORCED}
    return free | {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}


def ratio(ours, theirs):
    """Median over the rounds of our time divided by theirs."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def save(path, rows):
    """Write dicts with equal keys as a CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
