import matplotlib.pyplot as plt
import numpy as np

from rnnlib import Adam, attend, clip_grad_norm, date_task, softmax_cross_entropy
from rnnlib.seq2seq import EncoderDecoder
from rnnlib.tasks import DATE_FORMATS

rng = np.random.default_rng(0)
