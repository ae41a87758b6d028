"""Speed and memory of rnnlib, as ratios measured in one run."""

import csv


def save(path, rows):
    """Write dicts with equal keys as a CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
