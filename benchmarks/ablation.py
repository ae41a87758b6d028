"""What each idea in rnnlib's LSTM brings, and where its time goes.

Each variant below leaves out one idea and keeps the others; the tests hold its results to those of
the library. Variants take turns in one process with one thread.

usage: python -m benchmarks.ablation [--save]
"""

import argparse
import os
import sys
import time
import tracemalloc
from pathlib import Path
from statistics import median
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book"))

from benchmarks import environment, ratio, save

if __name__ == "__main__":  # read when NumPy is loaded
    one_thread = environment(1)
    os.environ.clear()
    os.environ.update(one_thread)

import numpy as np

from benchmarks.plain import PlainLSTM
from benchmarks.speed import SIZES
from benchmarks.worker import CELLS, ours, products
from rnnlib import LSTM, layers

ABLATION = Path(__file__).with_name("ablation.csv")
SHARES = Path(__file__).with_name("shares.csv")
ROUNDS, FEW = 25, 9  # few where a single step takes long


class BatchFirstLSTM:
    """Without the batch last: a step is (N, 4 H), so each gate is a strided part of a row."""

    def __init__(self, layer):
        p = layer.params
        W = np.concatenate([p["W_x"], p["b"][None], p["W_h"]])
        H = len(p["W_h"])
        W = np.concatenate([W[:, 3 * H :], W[:, : 3 * H]], axis=1)  # o, i, f, g
        self.W_x, self.W_back = W[: len(p["W_x"])], W[-H:].T.copy()
        self.W, self.H = W * np.repeat(np.array([0.5, 1], W.dtype), [3 * H, H]), H
        self.half = np.array(0.5, W.dtype)

    def forward(self, x):
        (N, T, D), H = x.shape, self.H
        self.Z = np.zeros((T + 1, N, D + 1 + H), x.dtype)
        self.Z[:T, :, :D], self.Z[:, :, D] = x.swapaxes(0, 1), 1
        self.A, self.C = np.empty((T, N, 4 * H), x.dtype), np.zeros((T + 1, N, H), x.dtype)
        h = self.Z[:, :, D + 1 :]
        ig, c_tanh = np.empty((2, N, H), x.dtype)
        gates = self.A[:, :, : 3 * H], *np.split(self.A, 4, axis=2)
        steps = zip(self.Z, self.A, *gates, self.C, self.C[1:], h[1:], strict=False)
        for z, a, oif, o, i, f, g, c_old, c, h_new in steps:
            z.dot(self.W, a)
            np.tanh(a, a)
            layers._to_sigmoid(oif, self.half)
            np.multiply(i, g, ig)
            np.multiply(f, c_old, c)
            c += ig
            np.tanh(c, c_tanh)
            np.multiply(o, c_tanh, h_new)
        return h[1:].swapaxes(0, 1).copy()

    def backward(self, dy):
        H, (N, T, _) = self.H, dy.shape
        dy = dy.swapaxes(0, 1).copy()
        o, i, f, g = np.split(self.A, 4, axis=2)
        c_tanh = np.tanh(self.C[1:])
        into_c = o * (1 - c_tanh**2)
        d = np.empty((T, N, 4, H), dy.dtype)
        d[:, :, 0], d[:, :, 1] = c_tanh * o * (1 - o), g * i * (1 - i)
        d[:, :, 2], d[:, :, 3] = self.C[:-1] * f * (1 - f), i * (1 - g * g)
        dh, dc = np.zeros((2, N, H), dy.dtype)
        da = d.reshape(T, N, 4 * H)
        steps = layers._backwards(into_c, d[:, :, 0], d[:, :, 1:], da, f, dy)
        for d_c, d_o, d_ifg, da_t, f_t, dy_t in steps:
            dh += dy_t
            d_o *= dh
            d_c *= dh
            dc += d_c
            d_ifg *= dc[:, None]
            dc *= f_t
            da_t.dot(self.W_back, dh)
        d = d.reshape(T * N, 4 * H)
        dW = self.Z[:T].reshape(T * N, -1).T @ d
        dW = np.concatenate([dW[:, H:], dW[:, :H]], axis=1)  # i, f, g, o
        D = len(self.W_x)
        self.grads = {"W_x": dW[:D], "b": dW[D], "W_h": dW[D + 1 :]}
        return (d @ self.W_x.T).reshape(T, N, D).swapaxes(0, 1).copy()


class AllocatingLSTM(LSTM):
    """Without `out=` buffers: each operation of the forward loop makes a new array."""

    def _run(self, Z, h, state, ended):
        T, (H, N) = len(h) - 1, h.shape[1:]
        self._A = np.empty((T + 1, 5, H, N), self.dtype)
        self._A[0, 4] = state[1].T
        self._c_tanh = np.empty((T, H, N), self.dtype)
        steps = zip(Z, self._A, self._A[1:, 4], self._c_tanh, h[1:], strict=False)
        for z, a, c, c_tanh, h_new in steps:
            gates = np.tanh(self._W @ z)
            o, i, f = sigmoids = 0.5 * gates[:3] + 0.5
            a[:3], a[3] = sigmoids, gates[3]
            c[...] = i * gates[3] + f * a[4]
            c_tanh[...] = np.tanh(c)
            h_new[...] = o * c_tanh
        return h[-1].T.copy(), self._A[-1, 4].T.copy()


class StepwiseLSTM(LSTM):
    """Without local derivatives before the loop: each step of the way back computes its own."""

    def _run_back(self, Z, block, dy, carried, over):
        dh, dc = carried
        d = self._scratch("d", (len(dy), 4, *dh.shape))
        after = self._A[block.start + 1 : block.stop + 1, 4]
        for a, c, d_t, dy_t in layers._backwards(self._A[block], after, d, dy):
            (o, i, f, g, c_old), c_tanh = a, np.tanh(c)
            np.add(dh, dy_t, dh)
            np.add(dc, dh * o * (1 - c_tanh**2), dc)
            np.multiply(dh, c_tanh * o * (1 - o), d_t[0])
            np.multiply(dc, g * i * (1 - i), d_t[1])
            np.multiply(dc, c_old * f * (1 - f), d_t[2])
            np.multiply(dc, i * (1 - g * g), d_t[3])
            np.multiply(dc, f, dc)
            np.matmul(self._W_back, layers._stack(d_t), dh)
        return d.reshape(len(d), -1, dh.shape[1])


class ProductPerStepLSTM(LSTM):
    """Without one product for the weight gradients: each step adds its own."""

    def backward(self, dy):
        Z, _, _, _, carried = self._check_gradients(dy, None)
        (N, T, H), D = dy.shape, self.shapes["W_x"][0]
        dx, dW = np.empty((N, T, D), self.dtype), np.zeros((4 * H, Z.shape[1]), self.dtype)
        for block in layers._blocks(T, H * N):
            dy_t = self._scratch("dy", (block.stop - block.start, H, N))
            dy_t[...] = dy[:, block].transpose(1, 2, 0)
            d = self._run_back(Z, block, dy_t, carried, None)
            for t, d_t in zip(range(block.start, block.stop), d, strict=True):
                dW += d_t @ Z[t].T
                dx[:, t] = d_t.T @ self._W_in
        self.grads = self._unpack(dW, D, H)
        return dx, self._as_state([d.T.copy() for d in carried])


class OneBlockLSTM(LSTM):
    """Without blocks of time: local derivatives of all steps are stored at once."""

    def backward(self, dy):
        with mock.patch.object(layers, "BLOCK", 2**62):
            return super().backward(dy)


class FreshLSTM(LSTM):
    """Without kept work arrays: every pass asks for new memory."""

    def forward(self, x):
        self._kept = {}
        return super().forward(x)

    def backward(self, dy):
        self._kept = {}
        return super().backward(dy)


VARIANTS = {
    "nothing": LSTM,
    "batch last": BatchFirstLSTM,
    "`out=` buffers": AllocatingLSTM,
    "local derivatives before the loop": StepwiseLSTM,
    "one product for the weight gradients": ProductPerStepLSTM,
    "blocks of time": OneBlockLSTM,
    "kept work arrays": FreshLSTM,
    "all of them": PlainLSTM,
}


def make(variant, layer):
    """A variant with the weights of `layer`."""
    if not issubclass(variant, LSTM):
        return variant(layer)
    D, H = layer.shapes["W_x"][0], layer.shapes["W_h"][0]
    copy = variant(D, H, rng=np.random.default_rng(0), dtype=layer.dtype)
    copy.params = layer.params
    return copy


def case(cell, N, T, D, H):
    """A layer in float32, its input and its output gradient."""
    rng = np.random.default_rng(0)
    layer = CELLS[cell](D, H, rng=rng, dtype=np.float32)
    x, dy = rng.standard_normal((N, T, D)), rng.standard_normal((N, T, H))
    return layer, x.astype(np.float32), dy.astype(np.float32)


def seconds(steps):
    """Times of each function in the dict `steps`: in every round each takes its turn."""
    found = {name: [] for name in steps}
    first = {name: timed(step, 1) for name, step in steps.items()}
    for _ in range(ROUNDS if max(first.values()) < 0.2 else FEW):
        for name, step in steps.items():
            found[name].append(timed(step, max(1, int(0.04 / first[name]))))
    return found


def timed(step, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - start) / repeats


def peak(step):
    """Bytes of NumPy arrays that one call adds at its highest point."""
    tracemalloc.start()
    step()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def ablation():
    """Time and memory of each variant, as ratios to the library."""
    rows = [{"left out": name} for name in VARIANTS]
    for size in ("small", "middle", "long", "large"):
        layer, x, dy = case("LSTM", *SIZES[size])
        found = seconds({name: ours(make(v, layer), x, dy) for name, v in VARIANTS.items()})
        for row in rows:
            row[size] = round(ratio(found[row["left out"]], found["nothing"]), 2)
    bytes_of = {name: peak(ours(make(v, layer), x, dy)) for name, v in VARIANTS.items()}
    for row in rows:
        row["memory large"] = round(bytes_of[row["left out"]] / bytes_of["nothing"], 2)
    return rows


def shares():
    """Where the time goes, in percent of it.

    A layer with all sizes 1 but T makes the same calls and computes nothing: this is the cost of
    the calls. The products are timed alone. The rest is element-wise work and copies.
    """
    rows = []
    for size, (N, T, D, H) in SIZES.items():
        full, empty = case("LSTM", N, T, D, H), case("LSTM", 1, T, 1, 1)
        steps = {"all": ours(*full), "calls": ours(*empty)}
        steps |= {"products": products(*full), "their calls": products(*empty)}
        t = {name: median(times) for name, times in seconds(steps).items()}
        of_products = (t["products"] - t["their calls"]) / t["all"]
        of_calls = t["calls"] / t["all"]
        rest = max(0, 1 - of_products - of_calls)  # each is timed apart: two may exceed the whole
        found = {"products": of_products, "calls": of_calls, "rest": rest}
        rows.append({"size": size} | {name: round(100 * share) for name, share in found.items()})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    files = f"write {ABLATION.name} and {SHARES.name}"
    parser.add_argument("--save", action="store_true", help=files)
    options = parser.parse_args()
    for path, rows in ((ABLATION, ablation()), (SHARES, shares())):
        print(*rows[0], sep="  ")
        for row in rows:
            print(*row.values(), sep="  ")
        if options.save:
            save(path, rows)


if __name__ == "__main__":
    main()
