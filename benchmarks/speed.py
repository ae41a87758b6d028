"""Time and memory of one forward and full backward pass, beside PyTorch, the textbook layers, and
the matrix products alone.

Each contestant has a process of its own and one BLAS thread. The rounds are interleaved: in every
round each contestant runs once, in an order that turns, while the others wait. Rounds are short,
so that a busy neighbour slows down all contestants of a round alike. A ratio is the median over
the rounds of our time divided by theirs (beside the products, our fastest round divided by their
fastest); of these, the median over three runs. More threads are for the record: one run.

usage: python -m benchmarks.speed [--threads N ...] [--runs N] [--cells NAME ...]
       [--sizes NAME ...] [--save]
"""

import argparse
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from statistics import median

from benchmarks import environment, ratio, save

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results.csv")
CONTESTANTS = ["rnnlib", "torch", "textbook", "products"]
SIZES = {
    "small": (64, 28, 1, 24),
    "ptb": (20, 35, 100, 100),
    "middle": (32, 100, 64, 128),
    "long": (1, 1000, 8, 32),
    "large": (128, 256, 128, 256),
}
# The ratios to PyTorch that this library has to reach; none for an LSTM with a batch of one.
BARS = {
    "RNN": (0.25, 0.50, 0.60, 0.10, 0.95),
    "GRU": (0.30, 0.55, 0.70, 0.12, 1.0),
    "LSTM": (0.75, 1.0, 1.25, None, 0.95),
}
ROUNDS, FEW = 25, 9  # few where a single step takes long


def start(contestant, cell, sizes, threads, *more):
    arguments = [contestant, cell, *map(str, sizes), *more]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", *arguments],
        cwd=ROOT,
        env=environment(threads),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(worker, repeats):
    worker.stdin.write(f"{repeats}\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def measure(cell, sizes, threads):
    """Seconds of each contestant in each round: {name: [seconds]}."""
    workers = {name: start(name, cell, sizes, threads, str(threads)) for name in CONTESTANTS}
    for worker in workers.values():
        worker.stdout.readline()
    seconds = {name: [] for name in CONTESTANTS}
    first = ask(workers["torch"], 1)
    repeats = max(1, min(100, int(0.04 / first)))
    for turn in range(ROUNDS if first < 0.1 else FEW):
        order = CONTESTANTS[turn % 4 :] + CONTESTANTS[: turn % 4]
        for name in order:
            seconds[name].append(ask(workers[name], repeats))
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    return seconds


def memory(cell, sizes, passes):
    """Peak memory of rnnlib in its first passes, divided by that of PyTorch."""
    ours, theirs = (
        int(start(name, cell, sizes, 1, "memory", str(passes)).communicate()[0])
        for name in ("rnnlib", "torch")
    )
    return round(ours / max(1, theirs), 2)


def compare(cell, size, threads, runs):
    """One row of the table: medians over `runs` interleaved runs."""
    rows = [measure(cell, SIZES[size], threads) for _ in range(runs)]

    def of(other, one="rnnlib"):
        return round(median(ratio(row[one], row[other]) for row in rows), 3)

    return {
        "cell": cell,
        "size": size,
        "threads": threads,
        "ms": round(1e3 * median(median(row["rnnlib"]) for row in rows), 3),
        "of_torch": of("torch"),
        "of_textbook": of("textbook"),
        "of_products": round(median(min(row["rnnlib"]) / min(row["products"]) for row in rows), 3),
        "products_of_torch": of("torch", one="products"),
        "bar": BARS[cell][list(SIZES).index(size)],
        "memory_of_torch": memory(cell, SIZES[size], 1),
        "memory_2_of_torch": memory(cell, SIZES[size], 2),
        "load": round(os.getloadavg()[0], 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--threads", type=int, nargs="*", default=[1])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cells", nargs="*", default=list(BARS))
    parser.add_argument("--sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args()
    print("time of one forward and backward pass, float32; ratios, smaller is faster")
    print(
        "threads cell size        ms   /torch (bar)  /textbook  /products  products/torch  "
        "memory/torch (2 passes)  load"
    )
    rows = []
    for threads, cell, size in product(options.threads, options.cells, options.sizes):
        row = compare(cell, size, threads, options.runs if threads == 1 else 1)
        rows.append(row)
        print(
            f"{threads:7} {cell:4} {size:7} {row['ms']:8.2f} {row['of_torch']:7.2f} "
            f"({row['bar'] or '-':>4}) {row['of_textbook']:9.2f} {row['of_products']:10.2f} "
            f"{row['products_of_torch']:14.2f} {row['memory_of_torch']:13.2f} "
            f"({row['memory_2_of_torch']:8.2f}) {row['load']:5.1f}",
            flush=True,
        )
    if options.save:
        save(RESULTS, rows)


if __name__ == "__main__":
    main()
