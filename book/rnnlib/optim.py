"""Optimizers: they change `params` in place, from `grads`."""

import numpy as np

from .checks import all_finite, check_array, check_number, describe, fail


class SGD:
    """Stochastic gradient descent, with momentum: v = momentum v + grad; param -= lr v.

    Parameters
    ----------
    lr : float
        Learning rate.
    momentum : float
        0 to 1; 0 is plain gradient descent.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 8.3.
    """

    def __init__(self, lr, momentum=0.0):
        check_number("lr", lr, 0)
        check_number("momentum", momentum, 0, 1)
        self.lr, self.momentum = lr, momentum
        self._velocity = {}

    @np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
    def step(self, params, grads):
        """Update `params` in place.

        Parameters
        ----------
        params, grads : dict of ndarray, or list of such dicts
            Weights and their gradients under equal names.

        Raises
        ------
        InputError
            If names, shapes or dtypes do not fit, a gradient is not finite, or the step overflows.
        """
        velocity, updates = {}, []
        for key, param, grad in _pairs(params, grads, self._velocity):
            velocity[key] = self.momentum * self._velocity.get(key, 0) + grad
            updates.append((param, param - self.lr * velocity[key]))
        _assign(updates, params, grads)
        self._velocity |= velocity


class Adam:
    """Adam: each weight moves by about lr, whatever the size of its gradient.

    m = beta1 m + (1 - beta1) grad; v = beta2 v + (1 - beta2) grad^2; both are divided by
    1 - beta^t; param -= lr m / (sqrt(v) + eps).

    Parameters
    ----------
    lr : float
        Learning rate.
    betas : tuple of float
        Decay of the mean m and of the mean square v, each 0 to 1 (1 excluded).
    eps : float
        Keeps the division finite; above 0.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015).
    """

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        check_number("lr", lr, 0)
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            fail(
                "betas to be a tuple of two numbers",
                describe(betas),
                "one number was passed for both",
                "pass betas=(0.9, 0.999)",
            )
        for beta in betas:
            check_number("a beta", beta, 0, 1 - 1e-12)
        check_number("eps", eps, np.nextafter(0, 1))
        self.lr, self.betas, self.eps = lr, tuple(betas), eps
        self._moments, self._t = {}, 0

    @np.errstate(over="ignore", invalid="ignore")  # refused by name at the end
    def step(self, params, grads):
        """Update `params` in place.

        Parameters
        ----------
        params, grads : dict of ndarray, or list of such dicts
            Weights and their gradients under equal names.

        Raises
        ------
        InputError
            If names, shapes or dtypes do not fit, a gradient is not finite, or the step overflows.
        """
        t, (beta1, beta2) = self._t + 1, self.betas
        step = self.lr / (1 - beta1**t)
        moments, updates = {}, []
        means = {key: m for key, (m, _) in self._moments.items()}
        for key, param, grad in _pairs(params, grads, means):
            m, v = self._moments.get(key, (0, 0))
            m = grad + beta1 * (m - grad)
            v = beta2 * v + (1 - beta2) * grad**2
            moments[key] = m, v
            v_hat = v / (1 - beta2**t)
            updates.append((param, param - step * m / (np.sqrt(v_hat) + self.eps)))
        _assign(updates, params, grads, [v for _, v in moments.values()])
        self._moments |= moments
        self._t = t


def clip_grad_norm(grads, max_norm):
    """Scale all gradients, in place, so that their joint norm is at most `max_norm`.

    Parameters
    ----------
    grads : dict of ndarray, or list of such dicts
        Changed in place if the norm is larger; left alone otherwise.
    max_norm : float
        Largest norm that is let through, above 0.

    Returns
    -------
    float
        The norm before.

    Raises
    ------
    InputError
        If a gradient is not finite, or `max_norm` is not above 0.

    References
    ----------
    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013).
    Shown in chapter 06.
    """
    check_number("max_norm", max_norm, np.nextafter(0, 1))
    arrays = [grad for group in _groups("grads", grads) for grad in group.values()]
    for grad in arrays:
        check_array("a gradient", grad, (...,))
    largest = max((np.float64(np.abs(grad).max(initial=0)) for grad in arrays), default=0.0)
    if largest == 0:
        return 0.0
    # Dividing by the largest entry first keeps the squares from overflowing.
    units = [grad / largest for grad in arrays]
    length = float(np.sqrt(sum(np.sum(unit**2) for unit in units)))
    norm = float(largest) * length
    if norm > max_norm:
        for grad in arrays:
            _check_writeable("a gradient", grad)
        for grad, unit in zip(arrays, units, strict=True):
            grad[...] = unit * (max_norm / length)
    return norm


def _groups(name, values):
    groups = [values] if isinstance(values, dict) else values
    if not isinstance(groups, (list, tuple)) or not all(isinstance(g, dict) for g in groups):
        fail(
            f"{name} to be a dict of arrays, or a list of such dicts",
            describe(values),
            "the layer itself or a single array was passed",
            f"pass layer.{name}, or [layer.{name}, head.{name}]",
        )
    return groups


def _pairs(params, grads, before, finite=False):
    """(key, param, grad) for every array; all are checked before any is used.

    Their values are looked at only if `finite` is set. A NaN or an infinity makes the new weights
    so, too, and `_assign` refuses those.
    """
    params, grads = _groups("params", params), _groups("grads", grads)
    if [set(p) for p in params] != [set(g) for g in grads]:
        fail(
            "grads with the same names as params",
            f"{[sorted(g) for g in grads]} for {[sorted(p) for p in params]}",
            "backward was not called, or the lists are in another order",
            "call layer.backward before optimizer.step",
        )
    pairs = []
    for k, (group, gradients) in enumerate(zip(params, grads, strict=True)):
        for name, param in group.items():
            check_array(f"params[{name!r}]", param, (...,), finite=finite)
            grad = gradients[name]
            check_array(f"grads[{name!r}]", grad, param.shape, param.dtype, finite)
            _check_writeable(f"params[{name!r}]", param)
            if before.get((k, name), param).shape != param.shape:
                fail(
                    f"params[{name!r}] of shape {before[k, name].shape}, as in the steps before",
                    describe(param),
                    "one optimizer was used for two layers, each with its own call",
                    "pass lists: step([layer.params, head.params], [layer.grads, head.grads])",
                )
            pairs.append(((k, name), param, grad))
    if len({id(param) for _, param, _ in pairs}) < len(pairs):
        fail(
            "all arrays in params to be different objects",
            "one that stands there twice",
            "two layers share a weight; only the last of its two gradients would count",
            "list the array once, with the sum of its gradients",
        )
    return pairs


def _check_writeable(name, array):
    if not array.flags.writeable:
        fail(
            f"{name} to be writeable: it is changed in place",
            f"{describe(array)}, read-only",
            "it came from np.broadcast_to, np.frombuffer or a file opened for reading",
            "put a copy in its place, with np.array",
        )


def _assign(updates, params, grads, moments=()):
    """Write new values into the weights, all or none: what is not finite is refused by name."""
    updates = [(param, new.astype(param.dtype, copy=False)) for param, new in updates]
    if not all_finite(*moments, *(new for _, new in updates)):
        _pairs(params, grads, {}, finite=True)  # names what came in as NaN or infinite
        fail(
            "weights and moments that stay finite",
            "an overflow in this step",
            "the gradients or the learning rate are too large",
            "clip the gradients with clip_grad_norm, or make the learning rate smaller",
        )
    for param, new in updates:
        param[...] = new
