"""From one sequence of tokens to another: an encoder, a decoder, and attention between them."""

import numpy as np

from .attention import attend, attend_backward
from .checks import (
    check_array,
    check_flag,
    check_int,
    check_integers,
    describe,
    fail,
    refuse_backward,
)
from .compose import _unchanged
from .layers import GRU, Embedding, Linear


class EncoderDecoder:
    """A GRU reads token ids; another one, started from its last state, writes token ids.

    The head sees the decoder's state s_i and a context: by attention, the weighted mean of all
    states of the encoder with the query s_i; else always the encoder's last state.

    Parameters
    ----------
    n_in, n_out : int
        Number of different tokens that are read, and that are written. In the decoder's input,
        id `n_out` stands for the start.
    n_hidden, n_embed : int
        H of both GRUs, and the length of their inputs' vectors.
    attention : bool
        False gives the fixed context; shapes and parameters are the same.
    rng : numpy.random.Generator
        Draws the weights of encoder, read, reread, decoder and head, in this order.
    dtype : dtype
        float64 or float32.

    Attributes
    ----------
    read, encoder, reread, decoder, head : Embedding, GRU, Embedding, GRU, Linear
        The parts.
    params, grads : list of dict
        Those of the parts, in this order; for an optimizer.

    Raises
    ------
    InputError
        If a size is not a positive whole number, `rng` no Generator, or the dtype not a float.

    References
    ----------
    Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014); Sutskever,
    Vinyals and Le, "Sequence to Sequence Learning with Neural Networks" (2014); attention: Luong,
    Pham and Manning (2015). Chapter 15.
    """

    def __init__(self, n_in, n_out, n_hidden, n_embed=16, attention=True, *, rng, dtype=np.float64):
        check_int("n_in", n_in, 1)
        check_int("n_out", n_out, 1)
        check_int("n_hidden", n_hidden, 1)
        check_int("n_embed", n_embed, 1)
        check_flag("attention", attention)
        n_in, n_out, n_hidden, n_embed = map(int, (n_in, n_out, n_hidden, n_embed))
        self.n_out, self.attention = n_out, bool(attention)
        options = {"rng": rng, "dtype": dtype}
        self.encoder = GRU(n_embed, n_hidden, **options)  # first: it refuses a bad rng or dtype
        self.read = Embedding(n_in, n_embed, **options)
        self.reread = Embedding(n_out + 1, n_embed, **options)
        self.decoder = GRU(n_embed, n_hidden, **options)
        self.head = Linear(2 * n_hidden, n_out, **options)
        self._cache = None

    @property
    def _parts(self):
        return self.read, self.encoder, self.reread, self.decoder, self.head

    @property
    def params(self):
        """list of dict: the parameters of each part."""
        return [part.params for part in self._parts]

    @property
    def grads(self):
        """list of dict: the gradients of each part."""
        return [part.grads for part in self._parts]

    def forward(self, ids, lengths, previous):
        """Logits of every written token, given the tokens before it: teacher forcing.

        Parameters
        ----------
        ids : ndarray of int (N, T)
            What is read, 0 to n_in - 1; padding too.
        lengths : ndarray of int (N,)
            True number of tokens, 1 to T.
        previous : ndarray of int (N, S)
            The token before each one to be written: `n_out` for the first.

        Returns
        -------
        ndarray (N, S, n_out)
            One value for each token that could be written.

        Raises
        ------
        InputError
            If shapes do not fit, or an id or a length is out of range.
        """
        self._check_read(ids, lengths)
        self._check_previous(previous, len(ids))
        with _unchanged(self, *self._parts):
            keys, state = self._encode(ids, lengths)
            logits, _, *seen = self._decode(previous, state, keys, lengths)
            self._cache = keys, *seen
        return logits

    def backward(self, d_logits):
        """Fill the grads of all parts. Ids have no gradient.

        Parameters
        ----------
        d_logits : ndarray (N, S, n_out)
            Gradient of the loss in the logits.

        Raises
        ------
        InputError
            If `forward` was not called, or d_logits does not fit its result.
        """
        if self._cache is None:
            refuse_backward()
        keys, s, weights = self._cache
        check_array("d_logits", d_logits, (*s.shape[:2], self.n_out), keys.dtype)
        with _unchanged(self, *self._parts):
            ds, d_context = np.split(self.head.backward(d_logits), 2, axis=2)
            # Weights of 0 and 1 let no gradient into the scores: this serves the fixed context too.
            d_query, d_keys, d_values = attend_backward(d_context, s, keys, keys, weights)
            dx, d_state = self.decoder.backward(ds + d_query)
            self.reread.backward(dx)
            dx, _ = self.encoder.backward(d_keys + d_values, d_state)
            self.read.backward(dx)

    def write(self, ids, lengths, n_steps):
        """Write without a teacher: each step reads the most probable token of the step before.

        Parameters
        ----------
        ids : ndarray of int (N, T)
            What is read.
        lengths : ndarray of int (N,)
            True number of tokens, 1 to T.
        n_steps : int
            S, the number of tokens to write.

        Returns
        -------
        written : ndarray of int (N, S)
            Tokens, 0 to n_out - 1.
        weights : ndarray (N, S, T)
            Where each step looked.

        Raises
        ------
        InputError
            If shapes do not fit, or an id, a length or `n_steps` is out of range.
        """
        self._check_read(ids, lengths)
        check_int("n_steps", n_steps, 1)
        with _unchanged(self, *self._parts):
            keys, state = self._encode(ids, lengths)
            previous, written, looked = np.full((len(ids), 1), self.n_out), [], []
            for _ in range(n_steps):
                logits, state, _, weights = self._decode(previous, state, keys, lengths)
                previous = logits.argmax(axis=2)
                written.append(previous)
                looked.append(weights)
            self._cache = None  # the parts remember this run, not one to go back through
        return np.hstack(written), np.concatenate(looked, axis=1)

    def _encode(self, ids, lengths):
        return self.encoder.forward(self.read.forward(ids), lengths=lengths)

    def _decode(self, previous, state, keys, lengths):
        s, state = self.decoder.forward(self.reread.forward(previous), state)
        look = attend if self.attention else _last
        context, weights = look(s, keys, keys, lengths)
        return self.head.forward(np.concatenate([s, context], axis=2)), state, s, weights

    def _check_read(self, ids, lengths):
        check_integers("ids", ids, 0, self.read.shapes["W"][0] - 1)
        if ids.ndim != 2 or ids.shape[1] == 0:
            fail(
                "ids of shape (N, T) with at least one token",
                describe(ids),
                "a single sequence was passed, or vectors in place of ids",
                "use ids[None] for a single sequence",
            )
        check_integers("lengths", lengths, 1, ids.shape[1])
        if lengths.shape != (len(ids),):
            fail(
                f"lengths to have shape ({len(ids)},), one for each sequence",
                describe(lengths),
                "ids and lengths come from different batches",
                "pass one length for each row of ids",
            )

    def _check_previous(self, previous, N):
        check_integers("previous", previous, 0, self.n_out)
        if previous.ndim != 2 or len(previous) != N or previous.shape[1] == 0:
            fail(
                f"previous of shape ({N}, S) with at least one step",
                describe(previous),
                "it belongs to another batch, or an axis is missing",
                "use np.insert(targets[:, :-1], 0, n_out, axis=1)",
            )


def _last(queries, keys, values, lengths):
    """The fixed context, as attention with all weight on the last true input."""
    last = np.arange(keys.shape[1]) == lengths[:, None] - 1
    weights = np.repeat(last[:, None], queries.shape[1], axis=1).astype(keys.dtype)
    return weights @ values, weights
