"""Many-to-one: a recurrent network that reads a whole sequence and names its class."""

import numpy as np

from .checks import (
    check_array,
    check_int,
    check_integers,
    check_number,
    check_rng,
    check_steps,
    describe,
    ended_steps,
    fail,
)
from .compose import KINDS, Bidirectional, Stack, _sizes, _unchanged
from .layers import Embedding, Linear
from .losses import softmax_cross_entropy
from .optim import Adam, clip_grad_norm

READS = ("state", "last step")


class Classifier:
    """A recurrent network, read once for each sequence, and a linear head.

    Parameters
    ----------
    net : RNN, LSTM, GRU, MinGRU, Bidirectional or Stack
        Reads the sequences.
    head : Linear (K to C)
        Turns what is read into C logits. K is H, or the sum of both directions' H.
    embedding : Embedding, optional
        Its vectors are what `net` reads; then the inputs are token ids.
    read : str
        "state": the last state h, of both directions where there are two: each has read the
        whole sequence. "last step": y[:, -1], whatever stands there.

    Attributes
    ----------
    params, grads : list of dict
        Those of all parts; for an optimizer.

    Raises
    ------
    InputError
        If a part is of another kind, or `read` another word.

    References
    ----------
    Chapter 12.
    """

    def __init__(self, net, head, embedding=None, read="state"):
        _check_part("net", net, (*KINDS, Bidirectional, Stack), "a recurrent network")
        _check_part("head", head, Linear, "a Linear layer")
        if embedding is not None:
            _check_part("embedding", embedding, Embedding, "an Embedding")
        _check_fit(net, head, embedding)
        if not isinstance(read, str) or read not in READS:
            fail(f"read to be one of {READS}", describe(read), "it is misspelt", "read='state'")
        self.net, self.head, self.embedding, self.read = net, head, embedding, read
        self._steps = None

    @property
    def params(self):
        """list of dict: the parameters of all parts."""
        return self._gather("params")

    @property
    def grads(self):
        """list of dict: the gradients of all parts."""
        return self._gather("grads")

    def forward(self, x, lengths=None):
        """Read whole sequences.

        Parameters
        ----------
        x : ndarray (N, T, D), or ndarray of int (N, T) with an embedding
            Inputs.
        lengths : ndarray of int (N,), optional
            True lengths.

        Returns
        -------
        ndarray (N, C)
            Logits.

        Raises
        ------
        InputError
            If a part refuses its input.
        """
        with _unchanged(self, *self._parts()):
            if self.embedding is not None:
                x = self.embedding.forward(x)
            y, state = self.net.forward(x, None, lengths)
            self._steps = y.shape
            return self.head.forward(y[:, -1] if self.read == "last step" else _h(self.net, state))

    def backward(self, d_logits):
        """Fill the grads of all parts.

        Parameters
        ----------
        d_logits : ndarray (N, C)
            Gradient of the loss in the logits.

        Raises
        ------
        InputError
            If `forward` was not called, or d_logits does not fit its result.
        """
        with _unchanged(self, *self._parts()):
            d = self.head.backward(d_logits)
            if self.read == "last step":
                dy = np.zeros(self._steps, d.dtype)
                dy[:, -1] = d
                dx, _ = self.net.backward(dy)
            else:
                dx, _ = self.net.backward(d_state=_d_state(self.net, d))
            if self.embedding is not None:
                self.embedding.backward(dx)

    def fit(self, x, y, lengths=None, *, epochs, batch_size, lr, rng, max_norm=None):
        """Train all parts with Adam and the softmax loss.

        Parameters
        ----------
        x, lengths : ndarray
            As in `forward`.
        y : ndarray of int (N,)
            Classes, 0 to C - 1.
        epochs, batch_size : int
            Passes over the data, sequences in an update.
        lr : float
            Learning rate.
        rng : numpy.random.Generator
            Shuffles the sequences before each epoch.
        max_norm : float, optional
            Clip the joint gradient norm.

        Returns
        -------
        list of float
            The loss of each update.

        Raises
        ------
        InputError
            If an argument is out of range, x, y and lengths differ in number, or a part refuses
            its input.
        """
        self._check_data(x, y, lengths)
        check_int("epochs", epochs, 1)
        check_int("batch_size", batch_size, 1)
        check_rng(rng)
        if max_norm is not None:
            check_number("max_norm", max_norm, np.nextafter(0, 1))
        optimizer, losses = Adam(lr), []
        for _ in range(epochs):
            order = rng.permutation(len(x))
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                logits = self.forward(x[rows], None if lengths is None else lengths[rows])
                loss, d_logits = softmax_cross_entropy(logits, y[rows])
                self.backward(d_logits)
                grads = self.grads
                if max_norm is not None:
                    clip_grad_norm(grads, max_norm)
                optimizer.step(self.params, grads)
                losses.append(loss)
        return losses

    def accuracy(self, x, y, lengths=None):
        """Share of sequences whose largest logit is that of the right class.

        Parameters
        ----------
        x, y, lengths : ndarray
            As in `fit`; read 100 sequences at a time.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        InputError
            As `fit`.
        """
        self._check_data(x, y, lengths)
        right = 0
        for start in range(0, len(x), 100):
            rows = slice(start, start + 100)
            logits = self.forward(x[rows], None if lengths is None else lengths[rows])
            right += int(np.sum(logits.argmax(axis=1) == y[rows]))
        return right / len(x)

    def _parts(self):
        return [part for part in (self.embedding, self.net, self.head) if part is not None]

    def _gather(self, name):
        gathered = []
        for part in self._parts():
            value = getattr(part, name)
            gathered += [value] if isinstance(value, dict) else value
        return gathered

    def _check_data(self, x, y, lengths):
        if self.embedding is None:
            bottom = self.net.layers[0] if isinstance(self.net, Stack) else self.net
            check_array("x", x, ("N", "T", _sizes(bottom)[0]), self.net.dtype)
        else:
            check_integers("x", x, 0, self.embedding.shapes["W"][0] - 1)
            if x.ndim != 2:
                fail("token ids x of shape (N, T)", describe(x), "axes are missing", "pad them")
        check_integers("y", y, 0, self.head.shapes["W"][1] - 1)
        if y.shape != (len(x),) or not len(x):
            fail(
                "at least one sequence, and one class in y for each",
                f"x: {describe(x)}, y: {describe(y)}",
                "x and y come from different data, or y is one-hot",
                "pass one class number for each row of x",
            )
        check_steps("x", x)
        if lengths is not None:
            ended_steps(lengths, *x.shape[:2])


def _h(net, state):
    """The last h of the top layer; both directions side by side."""
    if isinstance(net, Stack):
        return _h(net.layers[-1], state[-1])
    if isinstance(net, Bidirectional):
        return np.concatenate([_h(*pair) for pair in zip(net.layers, state, strict=True)], axis=1)
    return state if len(net.states) == 1 else state[0]


def _d_state(net, dh):
    """The gradient in a state of which only what `_h` picks was used."""
    if isinstance(net, Stack):
        return [None] * (len(net.layers) - 1) + [_d_state(net.layers[-1], dh)]
    if isinstance(net, Bidirectional):
        H = _sizes(net.layers[0])[1]
        return _d_state(net.layers[0], dh[:, :H]), _d_state(net.layers[1], dh[:, H:])
    return dh if len(net.states) == 1 else (dh, 0 * dh)


def _check_part(name, part, kinds, words):
    if not isinstance(part, kinds):
        fail(
            f"{name} to be {words}",
            describe(part),
            "another object, or the parts in another order",
            "pass Classifier(net, head, embedding)",
        )


def _check_fit(net, head, embedding):
    """The parts must fit: what one gives is what the next one reads."""
    layers = net.layers if isinstance(net, Stack) else [net]
    gives, reads = [_sizes(layers[-1])[1]], [head.shapes["W"][0]]
    dtypes = {net.dtype, head.dtype}
    if embedding is not None:
        gives.append(embedding.shapes["W"][1])
        reads.append(_sizes(layers[0])[0])
        dtypes.add(embedding.dtype)
    if gives != reads or len(dtypes) > 1:
        fail(
            f"parts that fit: {reads} numbers of one dtype are read",
            f"{gives} numbers, of {' and '.join(sorted(map(str, dtypes)))}",
            "a size of the head or of the embedding; two directions give twice H",
            "make head and embedding for this net",
        )
