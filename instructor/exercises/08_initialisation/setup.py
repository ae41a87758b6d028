import numpy as np

from rnnlib import GRU, LSTM, Linear, gradient_norms, sigmoid, sign_task
from rnnlib.train import accuracy_last, fit_last

rng = np.random.default_rng(0)


def trial(cell, start, seed):
    """The accuracy after training with a start, a function of (layer, rng) (this chapter)."""
    weights, data, order = np.random.default_rng([8, seed]).spawn(3)
    layer, head = cell(1, 24, rng=weights), Linear(24, 1, rng=weights)
    start(layer, weights)
    settings = {"epochs": 10, "batch_size": 64, "lr": 0.02, "max_norm": 1.0}
    fit_last(layer, head, *sign_task(768, 50, data), rng=order, **settings)
    return accuracy_last(layer, head, *sign_task(2000, 50, data))
