import numpy as np

from rnnlib import GRU, LSTM, RNN, Linear, chrono, count_params, review_task
from rnnlib.classify import Classifier
from rnnlib.compose import Bidirectional, Stack
from rnnlib.datasets import japanese_vowels

rng = np.random.default_rng(0)
