import matplotlib.pyplot as plt
import numpy as np

from rnnlib import (
    GRU,
    LSTM,
    RNN,
    Linear,
    adding_task,
    chrono,
    copy_task,
    echo_task,
    lstm_step,
    mse,
    orthogonal_,
    sigmoid,
    softmax_cross_entropy,
)
from rnnlib.plots import seed_dots
from rnnlib.train import fit_last, fit_stream, predict_last

rng = np.random.default_rng(0)
