import numpy as np

from rnnlib import GRU, Adam, Linear, NGram, clip_grad_norm, softmax_cross_entropy, stream_windows
from rnnlib.datasets import english_text, novelist

rng = np.random.default_rng(0)
