import numpy as np

from rnnlib import count_params, gru_step, lstm_step, numerical_gradient, relative_error, sigmoid

rng = np.random.default_rng(0)
