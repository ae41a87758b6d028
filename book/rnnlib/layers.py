"""Layers with a forward and a backward pass, in NumPy.

The recurrent layers read (N, T, D). Inside they keep time first and the batch last: Z[t] holds
the rows x_t, 1 and h_{t-1}, so one product W Z[t] gives weights, bias and recurrence at once,
and h_t is written straight into Z[t + 1], where the next step reads it. `z_rows` holds the same
numbers with the batch in the middle, (T + 1, N, D + 1 + H). A plain product in a loop is written
a.dot(b, out): the method takes less time than the function np.dot. The chapters teach the same
formulas in their plain form (`cells`); the tests hold both together.
"""

from itertools import repeat
from math import isfinite, prod

import numpy as np

from .checks import (
    all_finite,
    check_array,
    check_dtype,
    check_flag,
    check_int,
    check_integers,
    check_params,
    check_rng,
    check_steps,
    describe,
    ended_steps,
    fail,
    refuse_backward,
    refuse_overflow,
)

BLOCK = 2**16  # entries of one gate that the backward pass handles at a time


class _Recurrent:
    """What RNN, LSTM and GRU share: weights, checks, layout, and sums over time."""

    gates = rows = 1
    biases = ("b",)
    states = ("h0",)

    def __init__(self, n_in, n_hidden, *, rng, dtype=np.float64):
        check_int("n_in", n_in, 1)
        check_int("n_hidden", n_hidden, 1)
        check_rng(rng)
        check_dtype(dtype)
        D, H, G = int(n_in), int(n_hidden), self.gates
        self.dtype = np.dtype(dtype)
        self.shapes = {"W_x": (D, G * H), "W_h": (H, G * H)}
        self.shapes.update({name: (G * H,) for name in self.biases})
        k = 1 / np.sqrt(H)
        self.params = {
            name: rng.uniform(-k, k, shape).astype(self.dtype)
            for name, shape in self.shapes.items()
        }
        self.grads = {}
        self._cache, self._kept = None, {}
        self._half = np.array(0.5, self.dtype)  # a Python float is converted at every call

    def __repr__(self):
        D, GH = self.shapes["W_x"]
        return f"{type(self).__name__}(n_in={D}, n_hidden={GH // self.gates}, dtype={self.dtype})"

    @np.errstate(over="ignore", invalid="ignore")  # refused by name
    def forward(self, x, state=None, lengths=None):
        """Run the layer over whole sequences.

        Parameters
        ----------
        x : ndarray (N, T, D)
            Inputs, padded to T steps. Padding must be finite.
        state : ndarray (N, H), or for LSTM a tuple (h, c) of two; optional
            State before the first step; zeros when left out.
        lengths : ndarray of int (N,), optional
            True number of steps of each sequence, 0 to T; the state is frozen afterwards.

        Returns
        -------
        y : ndarray (N, T, H)
            State h after each step; zero after the end of a sequence.
        state : ndarray (N, H), or for LSTM a tuple (h, c) of two
            State after the last true step, ready to be carried to the next call.

        Raises
        ------
        InputError
            If shape, dtype or values are not as above, T is 0, or the states would overflow.
        """
        states = self._check_input(x, state, finite=False)
        if self._may_overflow(x, *states):
            self._check_input(x, state)
            self._check_products(x, states[0])
        N, T, D = x.shape
        ended = None if lengths is None else ended_steps(lengths, N, T)
        H = self.shapes["W_h"][0]
        K = self._rows(D, H)
        Z, z_rows = self._scratch("Z", (T + 1, K, N)), self._scratch("z_rows", (T + 1, N, K))
        z_rows[:T, :, :D], z_rows[:, :, D] = x.swapaxes(0, 1), 1
        Z[:T, : D + 1] = z_rows[:T, :, : D + 1].swapaxes(1, 2)
        h = Z[:, D + 1 : D + 1 + H]
        h[0] = states[0].T
        self._pack(D, H)
        last = self._run(Z, h, states, repeat(None) if ended is None else ended)
        z_rows[:, :, D + 1 :] = Z[:, D + 1 :].swapaxes(1, 2)  # for y, and for the way back
        self._cache = Z, z_rows, h, ended
        y = z_rows[1:, :, D + 1 : D + 1 + H].swapaxes(0, 1).copy()
        if ended is not None:
            y[ended.T] = 0
        return y, last

    @np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
    def backward(self, dy=None, d_state=None):
        """Backpropagate through time and fill `grads`.

        Parameters
        ----------
        dy : ndarray (N, T, H), optional
            Gradient of the loss in y; zeros when left out. Ignored after a sequence's end.
        d_state : ndarray (N, H), or for LSTM a tuple of two; optional
            Gradient of the loss in the returned state; zeros when left out.

        Returns
        -------
        dx : ndarray (N, T, D)
            Gradient in the input; zero after the end of a sequence.
        d_state0 : ndarray (N, H), or for LSTM a tuple of two
            Gradient in the state before the first step.

        Raises
        ------
        InputError
            If `forward` was not called, both arguments are missing, one does not fit, or the
            gradients overflow.

        Notes
        -----
        `grads` is replaced, not added to, so there is nothing to reset between updates.
        """
        Z, z_rows, h, ended, carried = self._check_gradients(dy, d_state)
        D, K = self.shapes["W_x"][0], Z.shape[1]
        T, H, N = len(h) - 1, *h.shape[1:]
        dx = np.empty((N, T, D), self.dtype)
        dW = np.zeros((self.rows * H, K), self.dtype)
        sum_up = self._sum_at_once if N <= K else self._sum_by_steps
        for block in _blocks(T, H * N):
            B = block.stop - block.start
            over = None if ended is None else ended[block, None]
            dy_t = None if dy is None else self._scratch("dy", (B, H, N))
            if dy is not None:
                dy_t[...] = dy[:, block].transpose(1, 2, 0)
                if over is not None:
                    dy_t *= ~over
            d = self._run_back(Z, block, dy_t, carried, over)
            dx[:, block] = sum_up(d, z_rows[block], dW)
        if not all_finite(dW, dx, *carried):
            refuse_overflow("the gradients", "gradients exploded on their way back through time")
        self.grads = self._unpack(dW, D, H)
        return dx, self._as_state([d.T.copy() for d in carried])

    def _sum_at_once(self, d, z_rows, dW):
        """Add sum_t d_t z_t to dW, and return the gradient in x.

        Time is put beside the batch: then one product sums over both.
        """
        (B, N, K), (GH, D) = z_rows.shape, self._W_in.shape
        d_rows = self._scratch("d_rows", (len(dW), B, N))
        d_rows[...] = d.swapaxes(0, 1)
        d_flat, z_flat = d_rows.reshape(len(dW), B * N), z_rows.reshape(B * N, K)
        for rows, columns in self._pairs():
            dW[rows, columns] += d_flat[rows] @ z_flat[:, columns]
        into_x = self._scratch("into x", (B * N, D))
        d_flat[-GH:].T.dot(self._W_in, into_x)
        return into_x.reshape(B, N, D).swapaxes(0, 1)

    def _sum_by_steps(self, d, z_rows, dW):
        """The same, with one product for each step.

        In a batch wider than K the products are smaller than d, and d need not be copied.
        """
        for rows, columns in self._pairs():
            products = np.matmul(d[:, rows], z_rows[:, :, columns])
            dW[rows, columns] += products[::-1].sum(axis=0)  # last step first, as in the chapters
        return np.matmul(self._W_in.T, d[:, -len(self._W_in) :]).transpose(2, 0, 1)

    def _may_overflow(self, *inputs):
        """Whether a product may leave the range of the dtype: |W z| <= (|W|^2 + |z|^2) / 2.

        True, too, if an entry is NaN or infinite: `forward` looks at each of them only then.
        """
        return not isfinite(sum(np.vdot(a, a) for a in (*self.params.values(), *inputs)))

    def _check_products(self, x, h):
        """Refuse sums that may leave the range on their way: even their sign would be lost."""
        p = {name: np.abs(value) for name, value in self.params.items()}
        h = np.abs(h).max(axis=0, initial=1)  # a state stays below 1, or below the first one
        bound = np.abs(x) @ p["W_x"] + h @ p["W_h"] + sum(p[b] for b in self.biases)
        if not all_finite(bound):
            refuse_overflow("the states", "inputs or weights are too large for the products")

    def _rows(self, D, H):
        return D + 1 + H

    def _pairs(self):
        """Which rows of d meet which columns of z in the weight gradients: all with all."""
        return [(slice(None), slice(None))]

    def _scratch(self, name, shape):
        """A work array, kept between calls: fresh memory costs more than the arithmetic in it."""
        size = prod(shape)
        if name not in self._kept or self._kept[name].size < size:
            self._kept[name] = np.empty(size, self.dtype)
        return self._kept[name][:size].reshape(shape)

    def _as_state(self, states):
        return states[0] if len(self.states) == 1 else tuple(states)

    def _weights(self, order):
        """[W_x; b; W_h], the gates of each row in `order`: (D + 1 + H, G, H)."""
        p = self.params
        W = np.concatenate([p["W_x"], p["b"][None], p["W_h"]])
        return W.reshape(len(W), self.gates, -1).take(order, axis=1)

    def _check_input(self, x, state, finite=True):
        D, H = self.shapes["W_x"][0], self.shapes["W_h"][0]
        check_params(self.params, self.shapes, self.dtype, finite)
        check_array("x", x, ("N", "T", D), self.dtype, finite)
        check_steps("x", x)
        return self._check_state("state", state, len(x), H, finite)

    def _check_state(self, name, state, N, H, finite=True):
        """One array for each of `states`; zeros for None."""
        if state is None:
            return [np.zeros((N, H), self.dtype) for _ in self.states]
        if len(self.states) == 1:
            state = (state,)
        elif type(state) is not tuple or len(state) != 2:
            fail(
                f"{name} to be a tuple (h, c) of two arrays of shape ({N}, {H})",
                describe(state),
                "an LSTM carries two states, hidden and cell",
                f"pass {name}=(h, c)",
            )
        for part in state:
            check_array(name, part, (N, H), self.dtype, finite)
        return state

    def _check_gradients(self, dy, d_state):
        if self._cache is None:
            refuse_backward()
        Z, z_rows, h, ended = self._cache
        T, H, N = len(h) - 1, *h.shape[1:]
        if dy is None and d_state is None:
            fail(
                "dy, d_state or both",
                "neither",
                "no gradient of the loss was passed",
                "pass dy of the shape of y, or d_state for a loss on the last state",
            )
        if dy is not None:
            check_array("dy", dy, (N, T, H), self.dtype)
        d_state = self._check_state("d_state", d_state, N, H)
        return Z, z_rows, h, ended, [d.T.copy() for d in d_state]


class RNN(_Recurrent):
    """Elman's recurrent layer over whole sequences: h_t = tanh(x_t W_x + h_{t-1} W_h + b).

    Parameters
    ----------
    n_in, n_hidden : int
        D and H.
    rng : numpy.random.Generator
        Draws W_x, W_h, b, in this order, from U(-k, k) with k = 1 / sqrt(H).
    dtype : dtype
        float64 or float32, of the weights and of all that the layer reads.

    Attributes
    ----------
    params, grads : dict of ndarray
        W_x (D, H), W_h (H, H), b (H,). `params` are live: what is assigned is used next.

    Raises
    ------
    InputError
        If a size is not a positive whole number, `rng` no Generator, or the dtype not a float.

    References
    ----------
    Elman, "Finding Structure in Time", Cognitive Science 14 (1990). Derived in chapter 02.
    """

    def _pack(self, D, H):
        W = self._weights([0])[:, 0]
        self._W = W.T
        # Stored by columns: this small product is faster so.
        self._W_in, self._W_back = W[:D].T, np.asfortranarray(W[-H:])

    def _run(self, Z, h, state, ended):
        H = h.shape[1]
        for z, h_new, over in zip(Z, h[1:], ended, strict=False):
            self._W.dot(z, h_new)
            np.tanh(h_new, h_new)
            if over is not None:
                np.copyto(h_new, z[-H:], where=over)
        return h[-1].T.copy()

    def _run_back(self, Z, block, dy, carried, over):
        (dh,) = carried
        H = len(dh)
        h = Z[block.start + 1 : block.stop + 1, -H:]
        d = self._scratch("d", h.shape)  # local derivatives; the loop multiplies by what arrives
        _tanh_slope(h, d)
        if over is not None:
            d *= ~over
        for d_t, dy_t, over_t in _backwards(d, dy, over):
            if dy_t is not None:
                dh += dy_t
            d_t *= dh
            if over_t is None:
                self._W_back.dot(d_t, dh)
            else:  # a frozen state passes dh on as it is
                np.copyto(dh, self._W_back @ d_t, where=~over_t)
        return d

    def _unpack(self, dW, D, H):
        return _split(dW[None], D, H)


class LSTM(_Recurrent):
    """Long short-term memory over whole sequences; one step is `cells.lstm_step`.

    Parameters
    ----------
    n_in, n_hidden : int
        D and H.
    rng : numpy.random.Generator
        Draws W_x, W_h, b, in this order, from U(-k, k) with k = 1 / sqrt(H).
    dtype : dtype
        float64 or float32, of the weights and of all that the layer reads.

    Attributes
    ----------
    params, grads : dict of ndarray
        W_x (D, 4H), W_h (H, 4H), b (4H,); columns in the order i, f, g, o. `params` are live.

    Raises
    ------
    InputError
        If a size is not a positive whole number, `rng` no Generator, or the dtype not a float.

    References
    ----------
    Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997); Gers,
    Schmidhuber and Cummins, "Learning to Forget" (2000). Derived in chapter 07.
    """

    gates = rows = 4
    states = ("h0", "c0")

    def _pack(self, D, H):
        # In the order o, i, f, g; sigmoid(a) = (1 + tanh(a / 2)) / 2, so three blocks are halved.
        W = self._weights([3, 0, 1, 2])
        halved = W * np.array([0.5, 0.5, 0.5, 1], self.dtype)[:, None]
        self._W = halved.swapaxes(0, 1).copy().swapaxes(1, 2)  # a gate is one block of memory
        W = W.reshape(len(W), -1)
        self._W_in, self._W_back = W[:D].T, W[D + 1 :]

    def _run(self, Z, h, state, ended):
        T, (H, N) = len(h) - 1, h.shape[1:]
        A = self._scratch("A", (T + 1, 5, H, N))  # o, i, f, g, c of the step before
        A[0, 4] = state[1].T
        c_tanh, products = self._scratch("tanh c", (T, H, N)), np.empty((2, H, N), self.dtype)
        ig, fc = products
        rows = A[:, :4], A[:, :3], A[:, 1:3], A[:, 3:], A[:, 0]
        steps = zip(Z, *rows, A[1:, 4], c_tanh, h[1:], ended, strict=False)
        for z, oifg, oif, i_f, g_c, o, c, c_tanh_t, h_new, over in steps:
            np.matmul(self._W, z, oifg)
            np.tanh(oifg, oifg)
            _to_sigmoid(oif, self._half)
            np.multiply(i_f, g_c, products)
            np.add(ig, fc, c)
            if over is not None:
                np.copyto(c, g_c[1], where=over)  # c and h stay as they were
            np.tanh(c, c_tanh_t)
            np.multiply(o, c_tanh_t, h_new)
            if over is not None:
                np.copyto(h_new, z[-H:], where=over)
        self._A, self._c_tanh = A, c_tanh
        return h[-1].T.copy(), A[-1, 4].T.copy()

    def _run_back(self, Z, block, dy, carried, over):
        dh, dc = carried
        H = len(dh)
        A, c_tanh = self._A[block], self._c_tanh[block]
        o, i, f, g, _ = A.swapaxes(0, 1)
        d = self._scratch("d", (len(A), 5, *dh.shape))  # local derivatives, as in the RNN
        _tanh_slope(c_tanh, d[:, 0])
        d[:, 0] *= o  # into c
        _sigmoid_slope(A[:, :3], d[:, 1:4])  # into the gates o, i, f: sigmoid' times
        d[:, 1] *= c_tanh
        d[:, 2:4] *= A[:, 3:]  # g and the old c
        _tanh_slope(g, d[:, 4])
        d[:, 4] *= i  # into g
        if over is not None:
            d *= ~over[:, None]
            f = np.where(over, 1, f)
        da = _stack(d)[:, H:]
        steps = _backwards(d[:, 0], d[:, 1], d[:, 2:], da, f, dy, over)
        for d_c, d_o, d_ifg, da_t, f_t, dy_t, over_t in steps:
            if dy_t is not None:
                dh += dy_t
            d_o *= dh
            d_c *= dh
            dc += d_c
            d_ifg *= dc
            dc *= f_t
            if over_t is None:
                self._W_back.dot(da_t, dh)
            else:
                np.copyto(dh, self._W_back @ da_t, where=~over_t)
        return da

    def _unpack(self, dW, D, H):
        return _split(dW.reshape(4, H, -1)[[1, 2, 3, 0]], D, H)


class GRU(_Recurrent):
    """Gated recurrent unit over whole sequences; one step is `cells.gru_step`.

    Parameters
    ----------
    n_in, n_hidden : int
        D and H.
    reset_after : bool
        Where the reset gate acts: after the product with W_hn (PyTorch), or before (Cho 2014).
    rng : numpy.random.Generator
        Draws W_x, W_h, b, b_h, in this order, from U(-k, k) with k = 1 / sqrt(H).
    dtype : dtype
        float64 or float32, of the weights and of all that the layer reads.

    Attributes
    ----------
    params, grads : dict of ndarray
        W_x (D, 3H), W_h (H, 3H), b (3H,), b_h (3H,); columns in the order r, z, n. `params`
        are live.

    Raises
    ------
    InputError
        If a size is not a positive whole number, `rng` no Generator, or the dtype not a float.

    References
    ----------
    Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014). Derived in
    chapter 09.
    """

    gates = 3
    biases = ("b", "b_h")

    def __init__(self, n_in, n_hidden, *, rng, dtype=np.float64, reset_after=True):
        check_flag("reset_after", reset_after)
        super().__init__(n_in, n_hidden, rng=rng, dtype=dtype)
        self.reset_after = bool(reset_after)
        self.rows = 4 if reset_after else 3

    def _rows(self, D, H):
        return D + 1 + H if self.reset_after else D + 1 + 2 * H  # the last H rows hold r h

    def _pairs(self):
        if not self.reset_after:
            return super()._pairs()
        D, H = self.shapes["W_x"][0], self.shapes["W_h"][0]
        # h W_hn + b_hn reads no x, and what is added to it no h; r and z read both.
        x, one, h = slice(D + 1), slice(D, D + 1), slice(D + 1, None)
        return [(slice(H, None), x), (slice(H), one), (slice(3 * H), h)]

    def _pack(self, D, H):
        W, b_h = self._weights([0, 1, 2]), self.params["b_h"].reshape(1, 3, H)  # r, z, n
        self._W_in = W[:D].reshape(D, -1).T
        half = np.array([0.5, 0.5, 1], self.dtype)[:, None]
        if self.reset_after:  # the state's product has an order of its own: n, r, z
            W_h = np.concatenate([b_h, W[D + 1 :]]).take([2, 0, 1], axis=1)
            self._W_back = W_h[1:].reshape(H, -1)
            self._W_x = (W[: D + 1] * half).reshape(D + 1, -1).T
            self._W_h = (W_h * half[[2, 0, 1]]).reshape(1 + H, -1).T
        else:
            W[D] += b_h[0]
            self._W_back, self._W_rh = W[D + 1 :, :2].reshape(H, -1), W[D + 1 :, 2]
            self._W_rz = (W * half)[:, :2].transpose(1, 2, 0)
            self._W_n = np.insert(W[:, 2], [D + 1], np.zeros((H, H), self.dtype), axis=0).T

    def _run(self, Z, h, state, ended):
        T, (H, N) = len(h) - 1, h.shape[1:]
        self._A = self._scratch("A", (T, self.rows, H, N))
        steps = (self._steps_after if self.reset_after else self._steps_before)(Z, self._A)
        for (z, n), h_old, h_new, over in zip(steps, h, h[1:], ended, strict=False):
            np.subtract(h_old, n, h_new)
            h_new *= z
            h_new += n
            if over is not None:
                np.copyto(h_new, h_old, where=over)
        return h[-1].T.copy()

    def _steps_after(self, Z, A):
        """Yield z and n of each step. The caller writes its state into Z before the next one."""
        D, (H, N) = self.shapes["W_x"][0], A.shape[2:]
        x_part = np.empty((3, H, N), self.dtype)
        x_rz, x_n, x_rows = x_part[:2], x_part[2], _stack(x_part)
        hn, r, z, n = A.swapaxes(0, 1)  # hn is h W_hn + b_hn
        x_1, one_h, h_rows = Z[:, : D + 1], Z[:, D:], _stack(A)[:, : 3 * H]
        views = x_1, one_h, h_rows, A[:, 1:3], hn, r, z, n
        for x_1, one_h, h_rows, rz, hn, r, z, n in zip(*views, strict=False):
            self._W_x.dot(x_1, x_rows)
            self._W_h.dot(one_h, h_rows)
            rz += x_rz
            np.tanh(rz, rz)
            _to_sigmoid(rz, self._half)
            np.multiply(hn, r, n)
            n += x_n
            np.tanh(n, n)
            yield z, n

    def _steps_before(self, Z, A):
        H = A.shape[2]
        for z_row, a in zip(Z, A, strict=False):
            np.matmul(self._W_rz, z_row[:-H], a[:2])
            np.tanh(a[:2], a[:2])
            _to_sigmoid(a[:2], self._half)
            np.multiply(a[0], z_row[-2 * H : -H], z_row[-H:])  # r h, after h in z_row
            np.matmul(self._W_n, z_row, a[2])
            np.tanh(a[2], a[2])
            yield a[1], a[2]

    def _run_back(self, Z, block, dy, carried, over):
        (dh,) = carried
        D, H = self.shapes["W_x"][0], len(dh)
        h_old = Z[block, D + 1 : D + 1 + H]
        A = self._A[block]
        r, z, n = A.swapaxes(0, 1)[-3:]
        d = self._scratch("d", (len(A), self.rows, *dh.shape))  # local derivatives, as in the RNN
        _sigmoid_slope(A[:, -3:-1], d[:, -3:-1])  # into r and z: sigmoid' times
        d[:, -2] *= h_old - n
        _tanh_slope(n, d[:, -1])
        d[:, -1] *= 1 - z  # into n
        if self.reset_after:
            np.multiply(d[:, 3], r, d[:, 0])  # into h W_hn + b_hn
            d[:, 1] *= d[:, 3] * A[:, 0]
        else:
            d[:, 0] *= h_old
        if over is not None:
            d *= ~over[:, None]
            z = np.where(over, 1, z)
        back, da = np.empty_like(dh), _stack(d)
        into_h = da[:, : self._W_back.shape[1]]
        for d_t, da_t, r_t, z_t, dy_t in _backwards(d, into_h, r, z, dy):
            if dy_t is not None:
                dh += dy_t
            if self.reset_after:
                d_t *= dh
                self._W_back.dot(da_t, back)
            else:
                d_t[1:] *= dh
                d_rh = self._W_rh @ d_t[2]
                d_t[0] *= d_rh
                back = self._W_back @ da_t + r_t * d_rh
            dh *= z_t
            dh += back
        return da

    def _unpack(self, dW, D, H):
        dW = dW.reshape(-1, H, dW.shape[1])
        if self.reset_after:  # rows h W_hn + b_hn, r, z, n
            of_x, of_h = dW[1:], dW[[1, 2, 0]]
        else:
            of_x, of_h = dW, dW.copy()
            of_h[2, :, D + 1 : D + 1 + H] = dW[2, :, D + 1 + H :]
        grads = _split(of_x, D, H)
        return grads | {
            "W_h": of_h[:, :, D + 1 : D + 1 + H].reshape(3 * H, H).T.copy(),
            "b_h": of_h[:, :, D].ravel(),
        }


class Linear:
    """A linear map of the last axis: y = x W + b.

    Parameters
    ----------
    n_in, n_out : int
        Sizes of the last axis before and after.
    rng : numpy.random.Generator
        Draws W, then b, from U(-k, k) with k = 1 / sqrt(n_in).
    dtype : dtype
        float64 or float32.

    Attributes
    ----------
    params, grads : dict of ndarray
        W (n_in, n_out), b (n_out,).

    Raises
    ------
    InputError
        If a size is not a positive whole number, `rng` no Generator, or the dtype not a float.

    References
    ----------
    The map that every gate of chapters 02 to 09 begins with. Used as a head in chapter 04.
    """

    def __init__(self, n_in, n_out, *, rng, dtype=np.float64):
        check_int("n_in", n_in, 1)
        check_int("n_out", n_out, 1)
        check_rng(rng)
        check_dtype(dtype)
        self.dtype = np.dtype(dtype)
        self.shapes = {"W": (int(n_in), int(n_out)), "b": (int(n_out),)}
        k = 1 / np.sqrt(int(n_in))
        self.params = {
            name: rng.uniform(-k, k, shape).astype(self.dtype)
            for name, shape in self.shapes.items()
        }
        self.grads = {}
        self._cache = None

    @np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
    def forward(self, x):
        """Map the last axis.

        Parameters
        ----------
        x : ndarray (..., n_in)
            Inputs, any leading axes.

        Returns
        -------
        ndarray (..., n_out)
            x W + b.

        Raises
        ------
        InputError
            If the last axis, the dtype or a value is not as wanted.
        """
        check_params(self.params, self.shapes, self.dtype)
        check_array("x", x, (..., self.shapes["W"][0]), self.dtype)
        y = x @ self.params["W"] + self.params["b"]
        if not all_finite(y):
            refuse_overflow("the outputs", "inputs or weights are too large for the product")
        self._cache = x.copy(), self.params["W"].copy()
        return y

    @np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
    def backward(self, dy):
        """Fill `grads`, and pass the gradient on to the input.

        Parameters
        ----------
        dy : ndarray (..., n_out)
            Gradient of the loss in y.

        Returns
        -------
        ndarray (..., n_in)
            Gradient in x.

        Raises
        ------
        InputError
            If `forward` was not called, or dy does not fit its result.
        """
        if self._cache is None:
            refuse_backward()
        x, W = self._cache
        n_in, n_out = W.shape
        check_array("dy", dy, (*x.shape[:-1], n_out), self.dtype)
        d = dy.reshape(-1, n_out)
        grads, dx = {"W": x.reshape(-1, n_in).T @ d, "b": d.sum(axis=0)}, dy @ W.T
        if not all_finite(*grads.values(), dx):
            refuse_overflow("the gradients", "inputs or gradients are too large for the product")
        self.grads = grads
        return dx


class Embedding:
    """A table of vectors, one row for each token id: y = W[ids].

    Parameters
    ----------
    n_tokens, n_out : int
        Number of rows, length of each.
    rng : numpy.random.Generator
        Draws W from a normal distribution with standard deviation 1.
    dtype : dtype
        float64 or float32.

    Attributes
    ----------
    params, grads : dict of ndarray
        W (n_tokens, n_out).

    Raises
    ------
    InputError
        If a size is not a positive whole number, `rng` no Generator, or the dtype not a float.

    References
    ----------
    Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model" (2003).
    """

    def __init__(self, n_tokens, n_out, *, rng, dtype=np.float64):
        check_int("n_tokens", n_tokens, 1)
        check_int("n_out", n_out, 1)
        check_rng(rng)
        check_dtype(dtype)
        self.dtype = np.dtype(dtype)
        self.shapes = {"W": (int(n_tokens), int(n_out))}
        self.params = {"W": rng.standard_normal(self.shapes["W"]).astype(self.dtype)}
        self.grads = {}
        self._ids = None

    def forward(self, ids):
        """Look up the vectors of token ids.

        Parameters
        ----------
        ids : ndarray of int, any shape
            Each 0 to n_tokens - 1.

        Returns
        -------
        ndarray (..., n_out)
            One row of W for each id.

        Raises
        ------
        InputError
            If ids are not whole numbers in range.
        """
        check_params(self.params, self.shapes, self.dtype)
        check_integers("ids", ids, 0, self.shapes["W"][0] - 1)
        self._ids = ids.copy()
        return self.params["W"][ids]

    @np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
    def backward(self, dy):
        """Fill `grads`: the rows of equal ids are summed. Ids have no gradient.

        Parameters
        ----------
        dy : ndarray (..., n_out)
            Gradient of the loss in y.

        Raises
        ------
        InputError
            If `forward` was not called, or dy does not fit its result.
        """
        if self._ids is None:
            refuse_backward()
        check_array("dy", dy, (*self._ids.shape, self.shapes["W"][1]), self.dtype)
        dW = np.zeros(self.shapes["W"], self.dtype)
        np.add.at(dW, self._ids, dy)
        if not all_finite(dW):
            refuse_overflow("the gradients", "gradients are too large for their sum")
        self.grads = {"W": dW}


def _to_sigmoid(a, half):
    """In place: from tanh(a / 2) to the sigmoid of a, (1 + tanh(a / 2)) / 2."""
    a *= half
    a += half


def _sigmoid_slope(s, out):
    """sigmoid' = s (1 - s), from the output s alone."""
    np.subtract(1, s, out)
    np.multiply(s, out, out)


def _tanh_slope(y, out):
    """tanh' = 1 - y^2, from the output y alone."""
    np.multiply(y, y, out)
    np.subtract(1, out, out)


def _stack(a):
    """(..., G, H, K) as the (..., G H, K) that a product needs: gate below gate."""
    return a.reshape(*a.shape[:-3], a.shape[-3] * a.shape[-2], a.shape[-1])


def _backwards(*arrays):
    """The steps of a block, last to first; None at each step for an array that is not there."""
    turned = (repeat(None) if array is None else array[::-1] for array in arrays)
    return zip(*turned, strict=False)


def _blocks(T, size):
    """Slices of time, last first: local derivatives are stored for one block at a time."""
    steps = max(8, BLOCK // max(1, size))
    return [slice(max(0, stop - steps), stop) for stop in range(T, 0, -steps)]


def _split(dW, D, H):
    """Gradients of [W_x; b; W_h], given gate by gate as (G, H, K)."""
    G = len(dW)
    return {
        "W_x": dW[:, :, :D].reshape(G * H, D).T.copy(),
        "W_h": dW[:, :, D + 1 : D + 1 + H].reshape(G * H, H).T.copy(),
        "b": dW[:, :, D].ravel(),
    }
