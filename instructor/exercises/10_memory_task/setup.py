import matplotlib.pyplot as plt
import numpy as np

from rnnlib import GRU, LSTM, RNN, Linear, chrono, orthogonal_, sigmoid, sign_task
from rnnlib.plots import seed_dots
from rnnlib.train import accuracy_last, fit_last

rng = np.random.default_rng(0)
