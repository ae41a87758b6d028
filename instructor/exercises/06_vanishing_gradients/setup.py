import numpy as np

from rnnlib import numerical_gradient, relative_error, spectral_radius

rng = np.random.default_rng(0)
