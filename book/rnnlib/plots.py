"""The book's figures. Importing this module makes a notebook show its figures as SVG."""

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from matplotlib.path import Path

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
        color = f"C{k % 4}"  # C4 is for the baseline
        ax.plot(places, values, "o", color=color, alpha=0.7)
        ax.hlines(values.mean(), k - 0.3, k + 0.3, color=color)
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
    pair = isinstance(limits, (list, tuple)) and len(limits) == 2
    if len(row_labels) != rows or not pair or not limits[0] < limits[1]:
        fail(
            f"{rows} row_labels, and limits (low, high)",
            f"{len(row_labels)} row_labels and limits {limits}",
            "every row needs a name, and every colour a value",
            "pass one label for each row of values, and the smaller limit first",
        )
    low, high = limits
    image = ax.imshow(
        values,
        aspect="auto",
        interpolation="nearest",
        cmap="RdBu_r" if low < 0 < high else "cividis_r",  # low values near the paper's colour
        vmin=low,
        vmax=high,
        extent=(0.5, steps + 0.5, rows - 0.5, -0.5),
    )
    ax.set_yticks(range(rows), row_labels)
    ax.set_xlabel(xlabel)
    ax.grid(visible=False)
    ax.figure.colorbar(image, ax=ax)


# A cell as a circuit: {name: (kind, x, y, text, *names of the parts that it reads)}. A layer has
# weights of its own, a function and a unit have none, and a joint is a corner of a wire.
LSTM_CELL = {
    "c": ("state", 0.45, 6.2, "$c_{t-1}$"),
    "h": ("state", 0.45, 1.3, "$h_{t-1}$"),
    "x": ("state", 0.45, 0.45, "$x_t$"),
    "f": ("layer", 2.2, 2.4, r"$\sigma$", "h", "x"),
    "i": ("layer", 4.1, 2.4, r"$\sigma$", "h", "x"),
    "g": ("layer", 5.9, 2.4, "tanh", "h", "x"),
    "o": ("layer", 7.7, 2.4, r"$\sigma$", "h", "x"),
    "c_kept": ("unit", 2.2, 6.2, "×", "c", "f"),
    "written": ("unit", 5.9, 4.4, "×", "i", "g"),
    "c_new": ("unit", 5.9, 6.2, "+", "c_kept", "written"),
    "squashed": ("function", 9.6, 5.0, "tanh", "c_new"),
    "h_new": ("unit", 9.6, 3.8, "×", "squashed", "o"),
    "c_t": ("state", 11.55, 6.2, "$c_t$", "c_new"),
    "h_t": ("state", 11.55, 3.8, "$h_t$", "h_new"),
}
GRU_CELL = {
    "h": ("state", 0.45, 6.2, "$h_{t-1}$"),
    "h_below": ("joint", 1.15, 1.3, "", "h"),
    "x": ("state", 0.45, 0.45, "$x_t$"),
    "z": ("layer", 2.2, 2.4, r"$\sigma$", "h_below", "x"),
    "r": ("layer", 4.1, 2.4, r"$\sigma$", "h_below", "x"),
    "from_h": ("layer", 5.9, 2.4, "$W_{hn}$", "h_below"),
    "from_x": ("layer", 7.7, 2.4, "$W_{xn}$", "x"),
    "reset": ("unit", 5.9, 3.6, "×", "r", "from_h"),
    "sum": ("unit", 7.7, 3.6, "+", "reset", "from_x"),
    "n": ("function", 9.6, 3.6, "tanh", "sum"),
    "replaced": ("unit", 3.6, 4.9, "1 −", "z"),
    "h_kept": ("unit", 2.2, 6.2, "×", "h", "z"),
    "written": ("unit", 9.6, 4.9, "×", "replaced", "n"),
    "h_new": ("unit", 9.6, 6.2, "+", "h_kept", "written"),
    "h_t": ("state", 11.55, 6.2, "$h_t$", "h_new"),
}
SIZES = {  # from the middle of a part to its right and upper end
    "state": (0.42, 0.3),
    "layer": (0.55, 0.36),
    "function": (0.55, 0.36),
    "unit": (0.38, 0.38),
    "joint": (0, 0),
}
BOXES = ("layer", "function")
COLOURS = {"x": "C0", "h": "C1", "c": "C3"}  # by the first letter of what a wire carries


def draw_lstm(ax):
    """Draw one step of an LSTM: its gates, products and sums, and the straight path of the cell.

    Shaded boxes have weights of their own; all else works unit by unit.

    Parameters
    ----------
    ax : matplotlib Axes
        Empty, about as large as `plt.subplots()` makes it.
    """
    _draw_cell(ax, LSTM_CELL)


def draw_gru(ax):
    """Draw one step of a GRU in the form `reset_after=True`: as `draw_lstm` does.

    Parameters
    ----------
    ax : matplotlib Axes
        Empty, about as large as `plt.subplots()` makes it.
    """
    _draw_cell(ax, GRU_CELL)


def _draw_cell(ax, parts):
    """Draw the wires, then the parts on top of them; the straight path at the top is thick."""
    ax.set(xlim=(0, 12), ylim=(0, 6.8), aspect="equal")
    ax.set_axis_off()
    top = max(y for _, _, y, *_ in parts.values())
    for source, target, points in _wires(parts):
        look = {"color": COLOURS.get(source[0], "0.35"), "joinstyle": "miter", "capstyle": "butt"}
        look["linewidth"] = 4 if np.all(points[:, 1] == top) else 1.8
        look["arrowstyle"] = "-" if parts[target][0] == "joint" else "-|>"
        ax.add_patch(FancyArrowPatch(path=Path(points), mutation_scale=12, **look))
    for name, (kind, x, y, text, *reads) in parts.items():
        width, height = SIZES[kind]
        look = {"facecolor": "0.9" if kind == "layer" else "white", "edgecolor": "0.35"}
        if kind == "unit":
            ax.add_patch(Circle((x, y), width, **look))
        elif kind in BOXES:
            ax.add_patch(Rectangle((x - width, y - height), 2 * width, 2 * height, **look))
        ax.text(x, y, text, ha="center", va="center_baseline")
        if reads and len(name) == 1:
            ax.text(x + 0.35, y + 0.67, f"${name}_t$", ha="center", va="center_baseline")


def _wires(parts):
    """Return (source, target, points) of each wire: up from a box, sideways from all else."""
    found = []
    for target, (kind, x, y, _, *reads) in parts.items():
        for k, source in enumerate(reads):
            leaves, x_0, y_0, *_ = parts[source]
            x_1 = x + 0.5 * (k - (len(reads) - 1) / 2) if kind == "layer" else x
            corner = (x_0, y) if leaves in BOXES else (x_1, y_0)
            points = np.array(list(dict.fromkeys([(x_0, y_0), corner, (x_1, y)])))
            points[0] += np.sign(points[1] - points[0]) * SIZES[leaves]
            points[-1] -= np.sign(points[-1] - points[-2]) * SIZES[kind]
            found.append((source, target, points))
    return found
