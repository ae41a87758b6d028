"""Run the full memory experiment of chapter 10: one training run for each row of the CSV.

    python tools/sweep.py [--jobs 1]

Rows that the file already holds are kept, so an interrupted sweep goes on where it stopped; to
run everything again, delete the file first. Everything takes about half an hour of one core.

The last line of the file is a checksum of the others: a row changed by hand is found. Someone who
changes the checksum too meets `problems`, which trains a sample of the rows again. The checksum
chooses the sample, so every change of the file asks for other rows.
"""

import argparse
import csv
import io
import os
import sys
import time
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book"))

from rnnlib import (
    GRU,
    LSTM,
    RNN,
    Adam,
    Linear,
    bce_with_logits,
    chrono,
    clip_grad_norm,
    orthogonal_,
    set_forget_bias,
    sign_task,
)
from rnnlib.train import accuracy_last, predict_last

ROOT = Path(__file__).resolve().parents[1]
PATH = ROOT / "book" / "rnnlib" / "data" / "memory_sweep.csv"
COLUMNS = ["cell", "start", "n_hidden", "n_params", "length", "seed", "updates", "accuracy"]

LAYERS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
STARTS = {
    "rnn": ["default", "orthogonal"],
    "lstm": ["default", "forget bias 1", "chrono"],
    "gru": ["default", "forget bias 1", "chrono"],
}
SIZES = {"rnn": [24, 49], "lstm": [24], "gru": [24, 27]}  # equal, and about 2500 parameters
LENGTHS = [10, 20, 28, 50, 100, 200]
SEEDS = range(10)

N_TRAIN, BATCH, EPOCHS, LEARNING_RATE, MAX_NORM, N_TEST = 768, 64, 25, 2e-2, 1.0, 10_000
UPDATES = N_TRAIN // BATCH * EPOCHS

# Some of these runs are chaotic: one sum in another order, as on another CPU, and 300 updates later
# the accuracy differs by up to 0.3. So weights are rounded to this grid after every update. It is
# far too fine to matter for learning, and so much coarser than a rounding error that none survives.
GRID = 2.0**-16
TOLERANCE = 0.0002  # two of the test samples may lie on the threshold
CHEAP_LENGTH = 50  # rows up to here are trained again by the tests


def keys():
    """Return every (cell, start, n_hidden, length, seed), short sequences first."""
    return [
        (cell, start, n_hidden, length, seed)
        for length in LENGTHS
        for cell in LAYERS
        for n_hidden in SIZES[cell]
        for start in STARTS[cell]
        for seed in SEEDS
    ]


def make_layer(cell, start, n_hidden, length, rng):
    """Return a fresh layer; `start` says what replaces the default weights."""
    layer = LAYERS[cell](1, n_hidden, rng=rng)
    if start == "orthogonal":
        orthogonal_(layer, rng)
    elif start == "chrono":
        chrono(layer, length, rng)
    elif start == "forget bias 1" and cell == "lstm":
        set_forget_bias(layer, 1.0)
    elif start == "forget bias 1":  # what a GRU keeps is z, and its bias comes in two parts
        layer.params["b"][n_hidden : 2 * n_hidden] = 1
        layer.params["b_h"][n_hidden : 2 * n_hidden] = 0
    return layer


def snap(params):
    """Round the weights to the grid, in place."""
    for part in params:
        for array in part.values():
            array[...] = np.rint(array / GRID) * GRID


def train(layer, head, x, y, rng):
    """Train as `fit_last` does, on the grid; return the number of updates."""
    optimizer, params, updates = Adam(LEARNING_RATE), [layer.params, head.params], 0
    snap(params)
    for _ in range(EPOCHS):
        for batch in rng.permutation(len(x)).reshape(-1, BATCH):
            _, d_logits = bce_with_logits(predict_last(layer, head, x[batch]), y[batch])
            dh = head.backward(d_logits[:, None])
            layer.backward(d_state=(dh, 0 * dh) if isinstance(layer, LSTM) else dh)
            grads = [layer.grads, head.grads]
            clip_grad_norm(grads, MAX_NORM)
            optimizer.step(params, grads)
            snap(params)
            updates += 1
    return updates


def train_row(key):
    """Train the run that `key` names, and return its row: eight strings."""
    cell, start, n_hidden, length, seed = key
    entropy = int.from_bytes(sha256(repr(key).encode()).digest())
    weights, data, order, test = np.random.default_rng(entropy).spawn(4)
    layer = make_layer(cell, start, n_hidden, length, weights)
    head = Linear(n_hidden, 1, rng=weights)
    updates = train(layer, head, *sign_task(N_TRAIN, length, data), order)
    accuracy = accuracy_last(layer, head, *sign_task(N_TEST, length, test))
    n_params = sum(p.size for part in (layer, head) for p in part.params.values())
    row = [cell, start, n_hidden, n_params, length, seed, updates, f"{accuracy:.4f}"]
    return [str(value) for value in row]


def train_all(keys, jobs):
    """Yield the row of every key as it is done; the workers load NumPy afresh, for one thread."""
    one_thread = mock.patch.dict(os.environ, {"OPENBLAS_NUM_THREADS": "1"})
    with one_thread, get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(train_row, keys)


def key_of(row):
    """Return the key of a row of strings."""
    cell, start, n_hidden, _, length, seed, *_ = row
    return cell, start, int(n_hidden), int(length), int(seed)


def write(path, rows):
    """Write the rows in the order of `keys`, then their checksum."""
    order = {key: place for place, key in enumerate(keys())}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *sorted(rows, key=lambda row: order[key_of(row)])])
    body = text.getvalue()
    new = path.with_suffix(".part")  # an interruption never leaves half a file
    new.write_text(body + f"# sha256 {checksum(body)}\n", encoding="utf-8", newline="\n")
    new.replace(path)


def read(path):
    """Return the rows, the checksum that the file states, and the checksum that it has."""
    *lines, last = path.read_text(encoding="utf-8").splitlines(keepends=True)
    header, *rows = csv.reader(lines)
    if header != COLUMNS:
        raise ValueError(f"{path.name} starts with {header}, not with {COLUMNS}")
    return rows, last.removeprefix("# sha256 ").strip(), checksum("".join(lines))


def checksum(text):
    return sha256(text.encode()).hexdigest()


def problems(path, n_again):
    """Say what is wrong with the file, in sentences; `n_again` cheap rows are trained again."""
    rows, stated, actual = read(path)
    if stated != actual:
        return [f"the rows have the checksum {actual}, the last line says {stated}"]
    if [key_of(row) for row in rows] != keys():
        return ["the file does not hold every run exactly once, in order"]
    cheap = [row for row in rows if int(row[4]) <= CHEAP_LENGTH]
    chosen = np.random.default_rng(int(actual, 16)).choice(len(cheap), n_again, replace=False)
    return [problem for k in chosen for problem in differences(cheap[k])]


def differences(row):
    """Train a row again, and say whether the stored one is another."""
    again = train_row(key_of(row))
    same = again[:-1] == row[:-1] and abs(float(again[-1]) - float(row[-1])) <= TOLERANCE
    return [] if same else [f"stored {','.join(row)}, trained again {','.join(again)}"]


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Run the memory experiment of chapter 10.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="default: every core")
    jobs = parser.parse_args(arguments).jobs
    rows, stated, actual = read(PATH) if PATH.exists() else ([], "", "")
    if stated != actual:
        sys.exit(f"{PATH.name} was changed by hand: delete it, or undo the change")
    there = {key_of(row) for row in rows}
    missing = [key for key in keys() if key not in there]
    print(f"{len(rows)} rows are there, {len(missing)} to train", flush=True)
    work, done, begin = sum(length for *_, length, _ in missing), 0, time.monotonic()
    for row in train_all(missing, jobs):
        rows.append(row)
        write(PATH, rows)
        done += key_of(row)[3]
        left = (time.monotonic() - begin) * (work - done) / done / 60
        print(f"\r{len(rows)} of {len(keys())} rows, {left:.0f} min left ", end="", flush=True)
    list_checksum(PATH)
    print(f"\n{PATH.relative_to(ROOT)} is complete")


def list_checksum(path):
    """Write the checksum of the file into SHA256SUMS beside it, where the library looks."""
    sums = path.with_name("SHA256SUMS")
    others = [line for line in sums.read_text().splitlines() if line.split()[1] != path.name]
    line = f"{sha256(path.read_bytes()).hexdigest()}  {path.name}"
    sums.write_text("\n".join(sorted([*others, line], key=lambda line: line.split()[1])) + "\n")


if __name__ == "__main__":
    main()
