"""The look of the book, and its two kinds of figure."""

import itertools
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba

from rnnlib import InputError, plots

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
