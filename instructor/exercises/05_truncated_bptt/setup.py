import numpy as np

from rnnlib import RNN, Adam, Linear, echo_task, mse, softmax_cross_entropy, stream_windows, train

rng = np.random.default_rng(0)
