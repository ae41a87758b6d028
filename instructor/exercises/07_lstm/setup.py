import numpy as np

from rnnlib import LSTM, sigmoid

rng = np.random.default_rng(0)


def trace(x, W_x, W_h, b):
    """i, f, g, o, c and h of every step, (T, 6, H), for one sequence x (T, D) (this chapter)."""
    h = c = np.zeros(len(W_h))
    rows = []
    for x_t in x:
        i, f, g, o = np.split(x_t @ W_x + h @ W_h + b, 4)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c = f * c + i * g
        h = o * np.tanh(c)
        rows.append([i, f, g, o, c, h])
    return np.array(rows)
