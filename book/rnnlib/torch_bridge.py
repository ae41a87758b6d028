"""Weights to and from PyTorch, exactly. The only module that imports torch."""

import numpy as np
import torch

from .checks import check_params, describe, fail
from .layers import GRU, LSTM, RNN

MODULES = {RNN: torch.nn.RNN, LSTM: torch.nn.LSTM, GRU: torch.nn.GRU}


def to_torch(layer):
    """The PyTorch module that computes the same.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        A GRU must have `reset_after=True`: PyTorch has no other.

    Returns
    -------
    torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU
        batch_first; `b` in bias_ih; zeros in bias_hh (GRU: `b_h`); the layer's dtype.

    Raises
    ------
    InputError
        If the layer has no counterpart in PyTorch, or its `params` do not fit it.

    References
    ----------
    Paszke et al., "PyTorch" (2019). Chapters 07 and 09.
    """
    if type(layer) not in MODULES:
        fail("an RNN, LSTM or GRU layer", describe(layer), "another object", "pass the layer")
    if isinstance(layer, GRU) and not layer.reset_after:
        fail(
            "a GRU with reset_after=True",
            "reset_after=False",
            "nn.GRU applies the reset gate after the product with the state",
            "make the layer with reset_after=True",
        )
    check_params(layer.params, layer.shapes, layer.dtype)
    D, H = layer.shapes["W_x"][0], layer.shapes["W_h"][0]
    dtype = getattr(torch, layer.dtype.name)
    with torch.random.fork_rng(devices=[]):  # its start is replaced, and must draw no numbers
        module = MODULES[type(layer)](D, H, batch_first=True, dtype=dtype)
    p = {name: value.copy() for name, value in layer.params.items()}
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.tensor(p["W_x"].T))
        module.weight_hh_l0.copy_(torch.tensor(p["W_h"].T))
        module.bias_ih_l0.copy_(torch.tensor(p["b"]))
        module.bias_hh_l0.copy_(torch.tensor(p.get("b_h", np.zeros_like(p["b"]))))
    return module


def from_torch(module):
    """The layer that computes the same as a PyTorch module of one layer and one direction.

    Parameters
    ----------
    module : torch.nn.RNN, torch.nn.LSTM or torch.nn.GRU
        One layer, one direction, tanh, no projection.

    Returns
    -------
    RNN, LSTM or GRU
        b = bias_ih + bias_hh (GRU: b and b_h apart); zeros for bias=False.

    Raises
    ------
    InputError
        If the module is of another kind, has more than the layer can hold, is neither float32
        nor float64, or a weight is not finite.

    References
    ----------
    Paszke et al., "PyTorch" (2019). Chapters 07 and 09.
    """
    kinds = {kind: cls for cls, kind in MODULES.items()}
    if type(module) not in kinds:
        fail("nn.RNN, nn.LSTM or nn.GRU", describe(module), "another module", "pass that part")
    extras = {
        "num_layers": (module.num_layers, 1),
        "bidirectional": (module.bidirectional, False),
        "proj_size": (module.proj_size, 0),
        "nonlinearity": (getattr(module, "nonlinearity", "tanh"), "tanh"),
    }
    for name, (got, wanted) in extras.items():
        if got != wanted:
            fail(
                f"{name}={wanted!r}",
                f"{name}={got!r}",
                "one layer object holds one layer in one direction",
                "convert the parts one by one, and compose the layers",
            )
    if module.weight_ih_l0.dtype not in (torch.float32, torch.float64):
        fail(
            "a module of float32 or float64",
            f"{module.weight_ih_l0.dtype}",
            "NumPy layers compute in one of these two",
            "convert it first: module.float()",
        )
    weights = {k: v.detach().cpu().numpy() for k, v in module.named_parameters()}
    W_ih, W_hh = weights["weight_ih_l0"], weights["weight_hh_l0"]
    zeros = np.zeros(len(W_ih), W_ih.dtype)
    b_ih, b_hh = weights.get("bias_ih_l0", zeros), weights.get("bias_hh_l0", zeros)
    layer = kinds[type(module)](
        module.input_size, module.hidden_size, rng=np.random.default_rng(0), dtype=W_ih.dtype
    )
    layer.params |= {"W_x": W_ih.T.copy(), "W_h": W_hh.T.copy()}
    layer.params |= (
        {"b": b_ih.copy(), "b_h": b_hh.copy()} if "b_h" in layer.shapes else {"b": b_ih + b_hh}
    )
    check_params(layer.params, layer.shapes, layer.dtype)
    return layer
