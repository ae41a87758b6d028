import matplotlib.pyplot as plt
import numpy as np

from rnnlib import (
    GRU,
    Linear,
    direct_forecast,
    fit_autoregression,
    forecast_windows,
    naive_forecast,
    recursive_forecast,
)
from rnnlib.datasets import sunspots
from rnnlib.train import fit_stream

rng = np.random.default_rng(0)
