import matplotlib.pyplot as plt
import numpy as np

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
    sigmoid,
    sign_task,
)
from rnnlib.plots import seed_dots
from rnnlib.train import accuracy_last, fit_last, predict_last

rng = np.random.default_rng(0)
