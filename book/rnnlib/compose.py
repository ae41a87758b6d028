"""Deep and bidirectional networks, as plain composition of layers."""

import numpy as np

from .checks import check_array, check_flag, check_number, check_rng, describe, fail
from .layers import _ended


class Dropout:
    """Set each entry to 0 with probability p while training, and scale the others by 1 / (1 - p).

    Parameters
    ----------
    p : float
        Share of entries that are dropped, 0 or more and below 1.
    rng : numpy.random.Generator
        Draws which ones, anew at each forward pass.

    Attributes
    ----------
    training : bool
        Set it to False to evaluate: then nothing is dropped.

    Raises
    ------
    InputError
        If `p` is out of range, or `rng` no Generator.

    References
    ----------
    Srivastava et al., "Dropout" (2014); between recurrent layers: Zaremba, Sutskever and
    Vinyals (2014). Chapter 12.
    """

    def __init__(self, p, rng):
        check_number("p", p, 0, 1 - 1e-6)
        check_rng(rng)
        self.p, self.rng, self.training = p, rng, True
        self._scale = None

    def forward(self, x):
        """Drop entries of x, of any shape; a new array of the same shape and dtype.

        Raises
        ------
        InputError
            If x is no finite float array, or `training` no bool.
        """
        check_array("x", x, (...,))
        check_flag("training", self.training)
        kept = self.rng.random(x.shape) >= self.p if self.training else np.ones(x.shape, bool)
        self._scale = (kept / (1 - self.p if self.training else 1)).astype(x.dtype)
        return x * self._scale

    def backward(self, dy):
        """From dy, of the shape of y, return dx: zero where the entry was dropped.

        Raises
        ------
        InputError
            If `forward` was not called, or dy does not fit its result.
        """
        if self._scale is None:
            fail("forward before backward", "no stored mask", "nothing was dropped", "call forward")
        check_array("dy", dy, self._scale.shape, self._scale.dtype)
        return dy * self._scale


class Stack:
    """Layers on top of each other: each reads the states of the one below.

    Parameters
    ----------
    layers : list of RNN, LSTM, GRU or Bidirectional
        From bottom to top; sizes must fit.
    dropout : Dropout, optional
        Applied between layers, never after the last.

    Attributes
    ----------
    params, grads : list of dict
        Those of the layers, bottom first; for an optimizer.

    Raises
    ------
    InputError
        If there is no layer.

    References
    ----------
    Chapter 12.
    """

    def __init__(self, layers, dropout=None):
        if not isinstance(layers, (list, tuple)) or not layers:
            fail(
                "a list of at least one layer",
                describe(layers),
                "a single layer needs no stack",
                "pass Stack([lower, upper])",
            )
        self.layers, self.dropout = list(layers), dropout
        self._between = []

    @property
    def params(self):
        """list of dict: the parameters of each layer."""
        return _gather(self.layers, "params")

    @property
    def grads(self):
        """list of dict: the gradients of each layer."""
        return _gather(self.layers, "grads")

    def forward(self, x, state=None, lengths=None):
        """Run all layers over whole sequences.

        Parameters
        ----------
        x : ndarray (N, T, D)
            Inputs of the lowest layer.
        state : list, optional
            One state for each layer, as `forward` returns it; zeros when left out.
        lengths : ndarray of int (N,), optional
            True lengths.

        Returns
        -------
        y : ndarray (N, T, H)
            States of the top layer.
        state : list
            Last state of each layer.

        Raises
        ------
        InputError
            If the number of states is not that of the layers, or a layer refuses its input.
        """
        states = self._one_each("state", state)
        y, last, self._between = x, [], []
        for k, layer in enumerate(self.layers):
            if k > 0 and self.dropout is not None:
                y = self.dropout.forward(y)
                self._between.append(self.dropout._scale)
            y, after = layer.forward(y, states[k], lengths)
            last.append(after)
        return y, last

    def backward(self, dy=None, d_state=None):
        """Backpropagate through all layers; fills the grads of each.

        Parameters
        ----------
        dy : ndarray (N, T, H), optional
            Gradient in y.
        d_state : list, optional
            Gradient in each layer's last state; None for one of zeros.

        Returns
        -------
        dx : ndarray (N, T, D)
            Gradient in the input.
        d_state0 : list
            Gradient in each layer's first state.

        Raises
        ------
        InputError
            As the layers.
        """
        d_states = self._one_each("d_state", d_state)
        before = []
        for k in range(len(self.layers) - 1, -1, -1):
            dy, first = self.layers[k].backward(dy, d_states[k])
            before.append(first)
            if k > 0 and self.dropout is not None:
                dy = dy * self._between[k - 1]
        return dy, before[::-1]

    def _one_each(self, name, state):
        if state is None:
            return [None] * len(self.layers)
        if not isinstance(state, (list, tuple)) or len(state) != len(self.layers):
            fail(
                f"{name} to be a list of {len(self.layers)}, one for each layer",
                describe(state),
                "the state of a single layer was passed",
                "pass on the list that forward returned",
            )
        return state


class Bidirectional:
    """Two layers, one reading forwards and one backwards; their states stand side by side.

    Parameters
    ----------
    forwards, backwards : RNN, LSTM or GRU
        The same input size. `y[..., :H]` comes from `forwards`.

    Attributes
    ----------
    params, grads : list of dict
        Those of the two layers; for an optimizer.

    References
    ----------
    Schuster and Paliwal, "Bidirectional recurrent neural networks" (1997). Chapter 12.
    """

    def __init__(self, forwards, backwards):
        self.layers = [forwards, backwards]
        self._order = None

    @property
    def params(self):
        """list of dict: the parameters of both directions."""
        return _gather(self.layers, "params")

    @property
    def grads(self):
        """list of dict: the gradients of both directions."""
        return _gather(self.layers, "grads")

    def forward(self, x, state=None, lengths=None):
        """Read each sequence in both directions; padding stays at the end for both.

        Parameters
        ----------
        x : ndarray (N, T, D)
            Inputs.
        state : tuple of two, optional
            One state for each direction; zeros when left out.
        lengths : ndarray of int (N,), optional
            True lengths: the backward layer starts at the last true step.

        Returns
        -------
        y : ndarray (N, T, H_forwards + H_backwards)
            At step t: what came before and at t, and what comes at t and after.
        state : tuple of two
            Last state of each direction. The backward one has read the whole sequence at step 0.

        Raises
        ------
        InputError
            If `state` is no tuple of two, or a layer refuses its input.
        """
        states = _two("state", state)
        y, after = self.layers[0].forward(x, states[0], lengths)
        N, T = x.shape[:2]
        ends = np.full(N, T) if lengths is None else lengths
        over = _ended(ends, N, T).T
        steps = np.arange(T)
        self._order = np.where(over, steps, ends[:, None] - 1 - steps)  # its own inverse
        z, before = self.layers[1].forward(self._flip(x), states[1], lengths)
        return np.concatenate([y, self._flip(z)], axis=2), (after, before)

    def backward(self, dy=None, d_state=None):
        """Backpropagate through both directions; fills the grads of each.

        Parameters
        ----------
        dy : ndarray (N, T, H_forwards + H_backwards), optional
            Gradient in y.
        d_state : tuple of two, optional
            Gradient in each direction's last state.

        Returns
        -------
        dx : ndarray (N, T, D)
            Gradient in the input, from both directions.
        d_state0 : tuple of two
            Gradient in each direction's first state.

        Raises
        ------
        InputError
            As the layers.
        """
        d_states = _two("d_state", d_state)
        d_y, d_z = None, None
        if dy is not None:
            sizes = [layer.shapes["W_h"][0] for layer in self.layers]
            check_array("dy", dy, (*self._order.shape, sum(sizes)), self.layers[0].dtype)
            d_y, d_z = dy[..., : sizes[0]], self._flip(dy[..., sizes[0] :])
        dx, first = self.layers[0].backward(d_y, d_states[0])
        dx_back, first_back = self.layers[1].backward(d_z, d_states[1])
        return dx + self._flip(dx_back), (first, first_back)

    def _flip(self, x):
        """Turn each sequence round, within its true length."""
        return np.take_along_axis(x, self._order[..., None], axis=1)


def _gather(layers, name):
    gathered = []
    for layer in layers:
        value = getattr(layer, name)
        gathered += [value] if isinstance(value, dict) else value
    return gathered


def _two(name, state):
    if state is None:
        return None, None
    if type(state) is not tuple or len(state) != 2:
        fail(
            f"{name} to be a tuple of two, one for each direction",
            describe(state),
            "the state of one direction was passed",
            "pass on the tuple that forward returned",
        )
    return state
