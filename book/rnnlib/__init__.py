"""rnnlib: recurrent networks in NumPy, to be read at a sitting.

Every layer has a forward and a backward pass; every gradient is held against central
differences, and every layer against PyTorch, in the tests and in the chapters of the course
Gate by Gate.
"""

from .attention import attend, attend_backward
from .baselines import (
    NGram,
    autocorrelation,
    direct_forecast,
    fit_autoregression,
    forecast_windows,
    naive_forecast,
    recursive_forecast,
)
from .cells import count_params, gru_step, lstm_step, rnn_step, sigmoid
from .checks import InputError
from .flow import chain_gain, gradient_norms, spectral_radius
from .gradcheck import check_layer, numerical_gradient, relative_error
from .init import chrono, identity_, orthogonal_, set_forget_bias
from .layers import GRU, LSTM, RNN, Embedding, Linear
from .losses import bce_with_logits, mse, softmax_cross_entropy
from .optim import SGD, Adam, clip_grad_norm
from .scan import MinGRU, scan_loop, scan_parallel
from .tasks import (
    adding_task,
    copy_task,
    date_task,
    date_text,
    echo_task,
    review_task,
    sign_task,
    stream_windows,
)

__version__ = "0.1.0"

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "SGD",
    "Adam",
    "Embedding",
    "InputError",
    "Linear",
    "MinGRU",
    "NGram",
    "adding_task",
    "attend",
    "attend_backward",
    "autocorrelation",
    "bce_with_logits",
    "chain_gain",
    "check_layer",
    "chrono",
    "clip_grad_norm",
    "copy_task",
    "count_params",
    "date_task",
    "date_text",
    "direct_forecast",
    "echo_task",
    "fit_autoregression",
    "forecast_windows",
    "gradient_norms",
    "gru_step",
    "identity_",
    "lstm_step",
    "mse",
    "naive_forecast",
    "numerical_gradient",
    "orthogonal_",
    "recursive_forecast",
    "relative_error",
    "review_task",
    "rnn_step",
    "scan_loop",
    "scan_parallel",
    "set_forget_bias",
    "sigmoid",
    "sign_task",
    "softmax_cross_entropy",
    "spectral_radius",
    "stream_windows",
]
