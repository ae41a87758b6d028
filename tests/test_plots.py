"""The look of the book, and its two kinds of figure."""

import itertools
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.patches import FancyArrowPatch

from rnnlib import InputError, gru_step, lstm_step, plots, sigmoid

LOOK = Path(__file__).resolve().parents[1] / "book" / "matplotlibrc"

# How the light of a colour reaches an eye that lacks one of its three receptors (Machado and
# others, 2009), in linear RGB.
COLOUR_BLIND = {
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


@pytest.fixture
def ax():
    plt.switch_backend("agg")
    with matplotlib.rc_context(fname=LOOK):
        fig, ax = plt.subplots()
        yield ax
        fig.canvas.draw()
        plt.close(fig)


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast_on_white(colour):
    return 1.05 / (linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05)


def test_the_look_has_colours_that_are_seen_on_white():
    look = matplotlib.rc_params_from_file(LOOK, fail_on_error=True)
    lines = look["axes.prop_cycle"].by_key()["color"]
    texts = [look[name] for name in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")]
    assert look["figure.facecolor"] == look["savefig.facecolor"] == "white"
    assert all(contrast_on_white(colour) >= 4.5 for colour in [*lines, *texts])


def test_lines_are_told_apart_without_colour_and_in_colour_blindness():
    look = matplotlib.rc_params_from_file(LOOK, fail_on_error=True)
    cycle = look["axes.prop_cycle"].by_key()
    styles = [str(style) for style in cycle["linestyle"]]
    assert len(set(styles)) == len(styles) == 5
    for kind, matrix in COLOUR_BLIND.items():
        seen = [np.cbrt(np.clip(np.array(matrix) @ linear(c), 0, 1)) for c in cycle["color"]]
        for one, two in itertools.combinations(seen, 2):
            assert np.linalg.norm(one - two) > 0.1, kind


def test_seed_dots_draws_every_seed_the_mean_and_the_baseline(ax):
    groups = {"RNN": np.array([0.5, 0.6, 1.0]), "LSTM": [0.25], "GRU": np.array([0.5, 0.5])}
    plots.seed_dots(ax, groups, 0.5, "chance")
    *dots, baseline = ax.lines
    assert [list(line.get_ydata()) for line in dots] == [list(v) for v in groups.values()]
    for k, line in enumerate(dots):
        assert np.abs(line.get_xdata() - k).max() < 0.3, "dots stay in their column"
        assert len(set(line.get_xdata())) == len(line.get_xdata()), "no dot hides another"
    means = [bar.get_segments()[0][0, 1] for bar in ax.collections]
    np.testing.assert_allclose(means, [0.7, 0.25, 0.5], rtol=1e-12)
    assert list(baseline.get_ydata()) == [0.5, 0.5]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["chance"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["RNN", "LSTM", "GRU"]


@pytest.mark.parametrize(
    ("groups", "baseline", "message"),
    [
        ({}, 0.5, "groups"),
        ([0.5], 0.5, "groups"),
        ({"RNN": []}, 0.5, "RNN"),
        ({"RNN": [0.5, np.nan]}, 0.5, "RNN"),
        ({"RNN": [[0.5]]}, 0.5, "RNN"),
        ({"RNN": ["good"]}, 0.5, "RNN"),
        ({"RNN": [0.5]}, None, "baseline"),
        ({"RNN": [0.5]}, np.inf, "baseline"),
        ({"RNN": [0.5]}, "chance", "baseline"),
    ],
)
def test_seed_dots_refuses_results_without_a_baseline(ax, groups, baseline, message):
    with pytest.raises(InputError, match=message):
        plots.seed_dots(ax, groups, baseline, "chance")
    assert not ax.lines, "nothing is drawn before the check"


def test_heatmap_draws_rows_over_steps(ax):
    values = np.array([[0.0, 0.5, 1.0], [1.0, 1.0, 0.0]])
    plots.heatmap(ax, values, ["$f$", "$i$"], "step $t$", limits=(0, 1))
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), values)
    assert image.get_clim() == (0, 1)
    assert image.get_extent() == [0.5, 3.5, 1.5, -0.5], "column t is centred on step t"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["$f$", "$i$"]
    assert len(ax.figure.axes) == 2, "a colour bar says what the colours mean"


def test_heatmap_colours_part_at_zero_when_values_have_a_sign(ax):
    plots.heatmap(ax, np.array([[-1.0, 0.0, 1.0]]), ["$c$"], "step $t$")
    (image,) = ax.images
    low, middle, high = (image.cmap(image.norm(value)) for value in (-1, 0, 1))
    assert min(middle[:3]) > 0.9, "zero is nearly white"
    assert low[2] > low[0], "negative is blue"
    assert high[0] > high[2], "positive is red"
    assert low != to_rgba("white") != high


@pytest.mark.parametrize(
    ("values", "labels", "limits"),
    [
        (np.zeros((2, 3)), ["a", "b"], 5),
        (np.zeros((2, 3)), ["a", "b"], (0, 1, 2)),
        (np.ones(3), ["a"], (0, 1)),
        (np.ones((2, 3)), ["a"], (0, 1)),
        (np.array([[np.nan]]), ["a"], (0, 1)),
        ([[1.0]], ["a"], (0, 1)),
        (np.ones((1, 3)), ["a"], (1, 0)),
    ],
)
def test_heatmap_refuses_what_does_not_fit(ax, values, labels, limits):
    with pytest.raises(InputError):
        plots.heatmap(ax, values, labels, "step $t$", limits)
    assert not ax.images


# The cells as circuits

WORK = {
    "×": np.multiply,
    "+": np.add,
    "1 −": lambda value: 1 - value,
    "tanh": np.tanh,
    r"$\sigma$": sigmoid,
}


def follow(parts, name, given, weights):
    """Return what comes out of a part, by the wires that lead to it."""
    kind, _, _, text, *reads = parts[name]
    if name in given:
        return given[name]
    values = [follow(parts, source, given, weights) for source in reads]
    if kind == "layer":
        inputs = zip(reads, values, strict=True)
        total = sum(v @ weights[f"W_{s[0]}"][name] + weights[f"b_{s[0]}"][name] for s, v in inputs)
        return WORK.get(text, lambda value: value)(total)
    if kind in ("state", "joint"):
        return values[0]
    return WORK[text](*values)


def blocks(array, names):
    return dict(zip(names, np.split(array, len(names), axis=-1), strict=True))


def test_who_follows_the_wires_of_the_lstm_computes_an_lstm():
    rng = np.random.default_rng(0)
    x, h, c = rng.normal(size=(2, 3)), *rng.normal(size=(2, 2, 4))
    W_x, W_h, b = rng.normal(size=(3, 16)), rng.normal(size=(4, 16)), rng.normal(size=16)
    weights = {"W_x": W_x, "W_h": W_h, "b_x": b, "b_h": 0 * b}
    weights = {name: blocks(array, "ifgo") for name, array in weights.items()}
    h_new, c_new, gates = lstm_step(x, h, c, W_x, W_h, b)
    for name, value in {"h_t": h_new, "c_t": c_new, **gates}.items():
        found = follow(plots.LSTM_CELL, name, {"x": x, "h": h, "c": c}, weights)
        np.testing.assert_allclose(found, value, rtol=0, atol=1e-12, err_msg=name)


def test_who_follows_the_wires_of_the_gru_computes_a_gru():
    rng = np.random.default_rng(0)
    x, h = rng.normal(size=(2, 3)), rng.normal(size=(2, 4))
    arrays = [rng.normal(size=shape) for shape in ((3, 12), (4, 12), (12,), (12,))]
    weights = {
        name: blocks(array, ["r", "z", "from_x" if name.endswith("x") else "from_h"])
        for name, array in zip(("W_x", "W_h", "b_x", "b_h"), arrays, strict=True)
    }
    h_new, gates = gru_step(x, h, *arrays)
    for name, value in {"h_t": h_new, **gates}.items():
        found = follow(plots.GRU_CELL, name, {"x": x, "h": h}, weights)
        np.testing.assert_allclose(found, value, rtol=0, atol=1e-12, err_msg=name)


CELLS = [(plots.draw_lstm, plots.LSTM_CELL), (plots.draw_gru, plots.GRU_CELL)]


@pytest.mark.parametrize(("draw", "parts"), CELLS)
def test_a_cell_is_drawn_with_all_its_parts_and_wires(ax, draw, parts):
    draw(ax)
    texts = {text.get_position(): text.get_text() for text in ax.texts}
    assert all(texts[x, y] == text for _, x, y, text, *_ in parts.values())
    named = [name for name, part in parts.items() if len(name) == 1 and part[4:]]
    assert len(named) >= 3
    assert {f"${name}_t$" for name in named} <= set(texts.values())
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == sum(len(part[4:]) for part in parts.values())
    assert sum(arrow.get_linewidth() == 4 for arrow in arrows) == 3, "the straight path is thick"


def along(points):
    """Return points at equal distances on a line with corners."""
    sides = [(a, b, int(np.abs(b - a).max() / 0.02)) for a, b in itertools.pairwise(points)]
    return np.concatenate([np.linspace(a, b, count) for a, b, count in sides])


@pytest.mark.parametrize("parts", [plots.LSTM_CELL, plots.GRU_CELL])
def test_a_wire_touches_no_other_part_and_shares_no_way_with_another_quantity(parts):
    ways = [(source, target, along(points)) for source, target, points in plots._wires(parts)]
    for source, target, way in ways:
        for name, (kind, x, y, *_) in parts.items():
            away = np.abs(way - (x, y)) / np.maximum(plots.SIZES[kind], 0.05)
            if name not in (source, target):
                assert away.max(axis=1).min() > 1, f"{source} to {target} runs through {name}"
        for other, _, points in ways:
            gaps = np.abs(points[:, None] - way).max(axis=2).min(axis=1)
            assert other == source or (gaps < 0.05).sum() < 10, f"{source} and {other} share a way"
