"""The book's figures. Importing this module makes a notebook show its figures as SVG."""

import numpy as np

from .checks import check_array, check_number, describe, fail


def use_svg():
    """Make a notebook show figures as SVG, uncropped and without a date; elsewhere do nothing."""
    try:
        from IPython import get_ipython
        from matplotlib_inline.config import InlineBackend
    except ModuleNotFoundError:
        return
    shell = get_ipython()
    if shell is not None:
        inline = InlineBackend.instance(parent=shell)
        inline.shell = shell
        inline.figure_formats = {"svg"}
        inline.print_figure_kwargs = {"bbox_inches": None, "metadata": {"Date": None}}


use_svg()


def seed_dots(ax, groups, baseline, baseline_label):
    """Draw the result of every seed as a dot, the mean of a group as a bar, and a baseline.

    Parameters
    ----------
    ax : matplotlib Axes
    groups : dict of str to sequence of float, (n_seeds,)
        The results of each group; groups stand side by side, in this order.
    baseline : float
        What a model has to beat: chance, or a simple method.
    baseline_label : str
        Says what the baseline is.

    Raises
    ------
    InputError
        Without groups, for a group that is empty or not finite, and without a baseline.
    """
    if not isinstance(groups, dict) or not groups:
        fail(
            "groups to be a dict of name to results",
            describe(groups),
            "there are no results, or they have no names",
            "pass {'RNN': accuracies, ...}",
        )
    check_number("baseline", baseline)
    groups = {name: check_results(name, values) for name, values in groups.items()}
    for k, values in enumerate(groups.values()):
        places = k + 0.3 * (np.arange(len(values)) + 0.5 - len(values) / 2) / len(values)
        ax.plot(places, values, "o", color=f"C{k}", alpha=0.7)
        ax.hlines(values.mean(), k - 0.3, k + 0.3, color=f"C{k}")
    ax.axhline(baseline, color="C4", linestyle=":", label=baseline_label)
    ax.set_xticks(range(len(groups)), groups)
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)


def check_results(name, values):
    """Return the results of one group as an array (n_seeds,)."""
    values = np.asarray(values)
    check_array(f"the results of {name}", values, ("n_seeds",))
    if not len(values):
        fail(f"results of {name}", "none", "no seed was run", "run at least one seed")
    return values


def heatmap(ax, values, row_labels, xlabel, limits=(-1.0, 1.0)):
    """Draw one row of colours per quantity over time: gates with limits (0, 1), or cell states.

    Parameters
    ----------
    ax : matplotlib Axes
    values : array (R, T)
        One row per quantity, one column per step; the first column is step 1.
    row_labels : sequence of str, (R,)
    xlabel : str
        Names the columns.
    limits : (float, float)
        The values of the two end colours. With zero between them the colours part at the middle.

    Raises
    ------
    InputError
        For values of a wrong shape, for another number of labels than R, and for limits that
        do not grow.
    """
    check_array("values", values, ("R", "T"))
    rows, steps = values.shape
    low, high = limits
    if len(row_labels) != rows or not low < high:
        fail(
            f"{rows} row_labels, and limits (low, high)",
            f"{len(row_labels)} row_labels and limits {limits}",
            "every row needs a name, and every colour a value",
            "pass one label for each row of values, and the smaller limit first",
        )
    image = ax.imshow(
        values,
        aspect="auto",
        interpolation="nearest",
        cmap="RdBu_r" if low < 0 < high else "cividis",
        vmin=low,
        vmax=high,
        extent=(0.5, steps + 0.5, rows - 0.5, -0.5),
    )
    ax.set_yticks(range(rows), row_labels)
    ax.set_xlabel(xlabel)
    ax.grid(visible=False)
    ax.figure.colorbar(image, ax=ax)
