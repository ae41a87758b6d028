"""Deep and bidirectional networks, as plain composition of layers."""

from contextlib import contextmanager
from itertools import pairwise

import numpy as np

from .checks import (
    InputError,
    check_array,
    check_flag,
    check_number,
    check_rng,
    describe,
    ended_steps,
    fail,
    refuse_backward,
)
from .layers import _Recurrent
from .scan import MinGRU


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
    layers : list of RNN, LSTM, GRU, MinGRU or Bidirectional
        From bottom to top, all different objects; sizes and dtypes must fit.
    dropout : Dropout, optional
        Applied between layers, never after the last.

    Attributes
    ----------
    params, grads : list of dict
        Those of the layers, bottom first; for an optimizer.

    Raises
    ------
    InputError
        If there is no layer, a layer is of another kind or stands there twice, two neighbours do
        not fit, or `dropout` is no Dropout.

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
        for layer in layers:
            _check_kind("each layer", layer, (*KINDS, Bidirectional))
        _check_different(layers)
        for lower, upper in pairwise(layers):
            _check_fit("the size of the state below", _sizes(lower)[1], _sizes(upper)[0])
        _check_fit("one dtype", *{layer.dtype for layer in layers})
        if dropout is not None and not isinstance(dropout, Dropout):
            fail(
                "dropout to be a Dropout",
                describe(dropout),
                "a share was passed",
                "pass dropout=Dropout(0.5, rng)",
            )
        self.layers, self.dropout, self.dtype = list(layers), dropout, layers[0].dtype
        self._between, self._shape = [], None

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
        with _unchanged(self):
            y, last, self._between = x, [], []
            for k, layer in enumerate(self.layers):
                if k > 0 and self.dropout is not None:
                    y = self.dropout.forward(y)
                    self._between.append(self.dropout._scale)
                y, after = layer.forward(y, states[k], lengths)
                last.append(after)
            self._shape = y.shape
        return y, last

    def backward(self, dy=None, d_state=None):
        """Backpropagate through all layers; fills the grads of each.

        Parameters
        ----------
        dy : ndarray (N, T, H), optional
            Gradient in y.
        d_state : list, optional
            Gradient in each layer's last state; None in the list stands for zeros.

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
        d_states, before = self._one_each("d_state", d_state), []
        dy = _zeros_if_left_out(self, dy, d_states)
        with _unchanged(self):
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
    forwards, backwards : RNN, LSTM, GRU or MinGRU
        Two objects with the same input size and dtype. `y[..., :H]` comes from `forwards`.

    Attributes
    ----------
    params, grads : list of dict
        Those of the two layers; for an optimizer.

    Raises
    ------
    InputError
        If a layer is of another kind, both are the same object, or they do not fit.

    References
    ----------
    Schuster and Paliwal, "Bidirectional recurrent neural networks" (1997). Chapter 12.
    """

    def __init__(self, forwards, backwards):
        _check_kind("forwards", forwards, KINDS)
        _check_kind("backwards", backwards, KINDS)
        _check_different([forwards, backwards])
        _check_fit("one input size", _sizes(forwards)[0], _sizes(backwards)[0])
        _check_fit("one dtype", forwards.dtype, backwards.dtype)
        self.layers, self.dtype = [forwards, backwards], forwards.dtype
        self._order = self._shape = None

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
        with _unchanged(self):
            y, after = self.layers[0].forward(x, states[0], lengths)
            N, T = x.shape[:2]
            ends = np.full(N, T) if lengths is None else lengths.astype(np.int64)
            over, steps = ended_steps(ends, N, T).T, np.arange(T)
            self._order = np.where(over, steps, ends[:, None] - 1 - steps)  # its own inverse
            z, before = self.layers[1].forward(self._flip(x), states[1], lengths)
            y = np.concatenate([y, self._flip(z)], axis=2)
            self._shape = y.shape
        return y, (after, before)

    def backward(self, dy=None, d_state=None):
        """Backpropagate through both directions; fills the grads of each.

        Parameters
        ----------
        dy : ndarray (N, T, H_forwards + H_backwards), optional
            Gradient in y.
        d_state : tuple of two, optional
            Gradient in each direction's last state; None in the tuple stands for zeros.

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
        dy = _zeros_if_left_out(self, dy, d_states)
        if dy is None:
            self.layers[0].backward()  # says what is missing
        check_array("dy", dy, self._shape, self.dtype)
        H = _sizes(self.layers[0])[1]
        with _unchanged(self):
            dx, first = self.layers[0].backward(dy[..., :H], d_states[0])
            dx_back, first_back = self.layers[1].backward(self._flip(dy[..., H:]), d_states[1])
        return dx + self._flip(dx_back), (first, first_back)

    def _flip(self, x):
        """Turn each sequence round, within its true length."""
        return np.take_along_axis(x, self._order[..., None], axis=1)


KINDS = (_Recurrent, MinGRU)


@contextmanager
def _unchanged(*nets):
    """Put nets and all their parts back as they were, if one of them refuses its input."""
    parts = [part for net in nets for part in (net, *_parts(net))]
    before = [vars(part).copy() for part in parts]
    for part in parts:
        if isinstance(part, _Recurrent):
            part._kept = {}  # new arrays: those of the last run can be put back
    dropouts = [part for part in parts if isinstance(part, Dropout)]
    drawn = [part.rng.bit_generator.state for part in dropouts]
    try:
        yield
    except InputError:
        for part, kept in zip(parts, before, strict=True):
            vars(part).update(kept)
        for part, state in zip(dropouts, drawn, strict=True):
            part.rng.bit_generator.state = state
        raise


def _parts(net):
    """Every object inside a net that remembers something."""
    dropout = getattr(net, "dropout", None)
    found = [] if dropout is None else [dropout]
    for layer in getattr(net, "layers", []):
        found += [layer, *_parts(layer)]
    return found


def _sizes(layer):
    """D and H of a layer; for both directions together, the sum of their H."""
    if isinstance(layer, Bidirectional):
        pairs = [_sizes(part) for part in layer.layers]
        return pairs[0][0], sum(H for _, H in pairs)
    D, columns = layer.shapes["W_x"]
    return D, columns // 2 if isinstance(layer, MinGRU) else columns // layer.gates


def _zeros_if_left_out(net, dy, d_states):
    """A loss on some of the last states only has a gradient of zero in y."""
    if net._shape is None:
        refuse_backward()
    if dy is None and any(d is not None for d in d_states):
        return np.zeros(net._shape, net.dtype)
    return dy


def _check_kind(name, layer, kinds):
    if not isinstance(layer, kinds):
        names = "an RNN, LSTM, GRU or MinGRU" + (", or Bidirectional" if len(kinds) > 2 else "")
        fail(
            f"{name} to be {names}",
            describe(layer),
            "a class, a size or another kind of layer was passed",
            "make the layers first, each with its own sizes",
        )


def _check_different(layers):
    inner = [part for layer in layers for part in (layer, *_parts(layer))]
    if len({id(part) for part in inner}) < len(inner):
        fail(
            "all layers to be different objects",
            "one that stands there twice",
            "a list was multiplied, or a variable used twice; the two would share their weights",
            "make a new layer for each place",
        )


def _check_fit(what, *values):
    if len(set(values)) > 1:
        fail(
            f"layers that agree on {what}",
            " and ".join(sorted(map(str, values))),
            "the layers were made for different places",
            "make them again: a layer reads as many features as the one below has units, two "
            "directions count double",
        )


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
