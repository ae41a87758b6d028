import numpy as np

from rnnlib import RNN, museum, numerical_gradient, relative_error

rng = np.random.default_rng(0)


def forward(x, h0, W_x, W_h, b):
    """All states (N, T + 1, H), h0 first, for x (N, T, D) (this chapter)."""
    h = [h0]
    for t in range(x.shape[1]):
        h.append(np.tanh(x[:, t] @ W_x + h[-1] @ W_h + b))
    return np.stack(h, axis=1)


def backward(dy, x, h, W_x, W_h):
    """The gradients of the loss in x, h0, W_x, W_h and b, from dy (N, T, H) (this chapter)."""
    dx, dh = np.empty_like(x), np.zeros_like(h[:, 0])
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h))
    for t in reversed(range(x.shape[1])):
        dh = dy[:, t] + dh
        da = dh * (1 - h[:, t + 1] ** 2)
        dW_x += x[:, t].T @ da
        dW_h += h[:, t].T @ da
        db += da.sum(axis=0)
        dx[:, t] = da @ W_x.T
        dh = da @ W_h.T
    return {"x": dx, "h0": dh, "W_x": dW_x, "W_h": dW_h, "b": db}
