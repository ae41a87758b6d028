"""The textbook layers: step by step, as the chapters derive them, with nothing made fast.

Each step keeps what it computed; the way back visits the steps in reverse and adds up the
gradients of the weights. They take their weights from an rnnlib layer, and the tests hold both
together.
"""

import numpy as np

from rnnlib import GRU, LSTM, RNN, gru_step, lstm_step, rnn_step


class PlainRNN:
    """h' = tanh(x W_x + h W_h + b), one step after the other."""

    def __init__(self, layer):
        self.params = layer.params

    def forward(self, x):
        h = np.zeros((len(x), len(self.params["W_h"])), x.dtype)
        self.steps = []
        for t in range(x.shape[1]):
            old, h = h, rnn_step(x[:, t], h, **self.params)
            self.steps.append((x[:, t], old, h))
        return np.stack([h for _, _, h in self.steps], axis=1)

    def backward(self, dy):
        W_x, W_h = self.params["W_x"], self.params["W_h"]
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        dx, dh = np.empty((*dy.shape[:2], len(W_x)), dy.dtype), 0
        for t in reversed(range(dy.shape[1])):
            x, old, h = self.steps[t]
            da = (dy[:, t] + dh) * (1 - h**2)
            self.grads["W_x"] += x.T @ da
            self.grads["W_h"] += old.T @ da
            self.grads["b"] += da.sum(axis=0)
            dx[:, t], dh = da @ W_x.T, da @ W_h.T
        return dx


class PlainLSTM:
    """Gates i, f, g, o; c' = f c + i g; h' = o tanh(c')."""

    def __init__(self, layer):
        self.params = layer.params

    def forward(self, x):
        h = c = np.zeros((len(x), len(self.params["W_h"])), x.dtype)
        self.steps, y = [], []
        for t in range(x.shape[1]):
            old_h, old_c = h, c
            h, c, gates = lstm_step(x[:, t], h, c, **self.params)
            self.steps.append((x[:, t], old_h, old_c, c, gates))
            y.append(h)
        return np.stack(y, axis=1)

    def backward(self, dy):
        W_x, W_h = self.params["W_x"], self.params["W_h"]
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        dx, dh, dc = np.empty((*dy.shape[:2], len(W_x)), dy.dtype), 0, 0
        for t in reversed(range(dy.shape[1])):
            x, old_h, old_c, c, gates = self.steps[t]
            i, f, g, o = gates["i"], gates["f"], gates["g"], gates["o"]
            dh = dh + dy[:, t]
            dc = dc + dh * o * (1 - np.tanh(c) ** 2)
            da = np.concatenate(
                [
                    dc * g * i * (1 - i),
                    dc * old_c * f * (1 - f),
                    dc * i * (1 - g**2),
                    dh * np.tanh(c) * o * (1 - o),
                ],
                axis=1,
            )
            self.grads["W_x"] += x.T @ da
            self.grads["W_h"] += old_h.T @ da
            self.grads["b"] += da.sum(axis=0)
            dx[:, t], dh, dc = da @ W_x.T, da @ W_h.T, dc * f
        return dx


class PlainGRU:
    """Gates r, z; n = tanh(x W_n + b_n + r (h W_hn + b_hn)); h' = (1 - z) n + z h."""

    def __init__(self, layer):
        self.params = layer.params

    def forward(self, x):
        h = np.zeros((len(x), len(self.params["W_h"])), x.dtype)
        self.steps, y = [], []
        for t in range(x.shape[1]):
            old = h
            h, gates = gru_step(x[:, t], h, **self.params)
            self.steps.append((x[:, t], old, gates))
            y.append(h)
        return np.stack(y, axis=1)

    def backward(self, dy):
        W_x, W_h = self.params["W_x"], self.params["W_h"]
        H = len(W_h)
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        dx, dh = np.empty((*dy.shape[:2], len(W_x)), dy.dtype), 0
        for t in reversed(range(dy.shape[1])):
            x, old, gates = self.steps[t]
            r, z, n = gates["r"], gates["z"], gates["n"]
            dh = dh + dy[:, t]
            da_n = dh * (1 - z) * (1 - n**2)
            of_h = old @ W_h[:, 2 * H :] + self.params["b_h"][2 * H :]
            da_r, da_z = da_n * of_h * r * (1 - r), dh * (old - n) * z * (1 - z)
            da = np.concatenate([da_r, da_z, da_n], axis=1)
            da_h = np.concatenate([da_r, da_z, da_n * r], axis=1)
            self.grads["W_x"] += x.T @ da
            self.grads["W_h"] += old.T @ da_h
            self.grads["b"] += da.sum(axis=0)
            self.grads["b_h"] += da_h.sum(axis=0)
            dx[:, t], dh = da @ W_x.T, da_h @ W_h.T + dh * z
        return dx


PLAIN = {RNN: PlainRNN, LSTM: PlainLSTM, GRU: PlainGRU}
