"""One contestant in a process of its own: it waits for a line, runs, and prints the seconds.

usage: python -m benchmarks.worker CONTESTANT CELL N T D H [THREADS | memory PASSES]
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book"))

import numpy as np

import rnnlib

CELLS = {"RNN": rnnlib.RNN, "GRU": rnnlib.GRU, "LSTM": rnnlib.LSTM}


def ours(layer, x, dy):
    def step():
        layer.forward(x)
        layer.backward(dy)

    return step


def textbook(layer, x, dy):
    from benchmarks.plain import PLAIN

    plain = PLAIN[type(layer)](layer)

    def step():
        plain.forward(x)
        plain.backward(dy)

    return step


def pytorch(layer, x, dy):
    import torch

    from rnnlib.torch_bridge import to_torch

    torch.set_num_threads(int(sys.argv[7]) if sys.argv[7:8] and sys.argv[7].isdigit() else 1)
    module = to_torch(layer)
    x, dy = torch.tensor(x, requires_grad=True), torch.tensor(dy)

    def step():
        module.zero_grad()
        x.grad = None
        module(x)[0].backward(dy)

    return step


def products(layer, x, dy):
    """The matrix products of our layers, bare: nothing is computed between them."""
    (N, T, D), H, G = x.shape, dy.shape[2], layer.gates
    K, GH = D + 1 + H, G * H

    def ones(*shape):
        return np.ones(shape, x.dtype)

    z, d, z_rows, d_rows = ones(T, K, N), ones(T, GH, N), ones(T, N, K), ones(GH, T * N)
    a, dh, W_in, W_back = ones(GH, N), ones(H, N), ones(D, GH).T, ones(H, GH)
    # In a GRU the parts of x and of h meet after their products, on both ways.
    parts = [slice(None)] if G != 3 else [slice(D + 1), slice(D + 1, None)]
    weights = [ones(K, GH)[part].T for part in parts]
    if G == 4:  # one product for each gate
        weights, a = [ones(4, K, H).swapaxes(1, 2)], ones(4, H, N)
    multiply = np.matmul if G == 4 else np.dot

    def step():
        for z_t in z:
            for part, W in zip(parts, weights, strict=True):
                multiply(W, z_t[part], a)
        for d_t in d:
            W_back.dot(d_t, dh)
        if N <= K:
            for part in parts:
                d_rows.dot(z_rows.reshape(T * N, K)[:, part])
            d_rows.T.dot(W_in)
        else:
            for part in parts:
                np.matmul(d, z_rows[:, :, part])
            np.matmul(W_in.T, d)

    return step


CONTESTANTS = {"rnnlib": ours, "torch": pytorch, "textbook": textbook, "products": products}


def peak_memory(step, passes):
    """Bytes that so many steps add to what the process held: their peak, reset by the kernel."""
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    for _ in range(passes):
        step()
    return memory("VmHWM") - before


def memory(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return 1024 * int(line.split()[1])
    raise OSError(f"this system does not tell {name}")


def main(contestant, cell, *sizes):
    N, T, D, H = map(int, sizes[:4])
    rng = np.random.default_rng(0)
    layer = CELLS[cell](D, H, rng=rng, dtype=np.float32)
    x = rng.standard_normal((N, T, D)).astype(np.float32)
    dy = rng.standard_normal((N, T, H)).astype(np.float32)
    step = CONTESTANTS[contestant](layer, x, dy)
    if sizes[4:5] == ("memory",):
        print(peak_memory(step, int(sizes[5])))
        return
    step()
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            step()
        print((time.perf_counter() - start) / int(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
