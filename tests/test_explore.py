"""Explorables: the frames on the page are what `draw` gives, on every face."""

import base64
import itertools
import re
import shutil
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from frames import apply, page_data, picture, without_namespaces

from rnnlib import InputError, explore
from rnnlib.explore import explorable

TEXTS = {"caption": "Move w_h.", "alt": "A curve that falls to 0"}


plt.switch_backend("agg")


@pytest.fixture(autouse=True)
def figures_are_closed():
    yield
    assert plt.get_fignums() == [], "an explorable leaves no figure open"


def decay(w_h):
    fig, ax = plt.subplots()
    t = np.arange(30)
    ax.plot(t, w_h**t, "o-")
    ax.set(xlabel="$t$", ylabel="gain", ylim=(0, 2), title=f"w = {w_h:.2f}")
    return fig, f"gain after 29 steps: {w_h**29:.1e}"


def changing_structure(lines):
    """Frames with another number of lines, ticks and texts, and with letters that need care."""
    fig, ax = plt.subplots()
    for k in range(lines):
        ax.plot([0, 1], [0, k], linestyle="none" if k == 2 else "-", marker="s")
    ax.set_ylim(0, max(1, 10 * lines))
    ax.text(0.5, 0.5, "−½ < “x” & y" if lines else "</script>", clip_on=lines > 1)
    return fig, f"{lines} lines </script> & <b>"


def two_knobs(w_h, start):
    fig, ax = plt.subplots()
    ax.plot([w_h, 1], [0, {"low": 0, "high": 1}[start]])
    ax.set(xlim=(0, 2), ylim=(0, 1))
    return fig, f"{w_h:.1f} {start}"


CASES = {
    "numbers": (decay, {"w_h": np.linspace(0, 1.2, 4)}),
    "structure": (changing_structure, {"lines": range(5)}),
    "two": (two_knobs, {"w_h": [0.5, 0.9, 1.1], "start": ["low", "high"]}),
}


@pytest.fixture(params=CASES, scope="module")
def case(request):
    draw, parameters = CASES[request.param]
    return draw, parameters, explorable(draw, **TEXTS, **parameters)


def test_every_frame_on_the_page_is_what_draw_gives(case):
    draw, parameters, it = case
    choices = [
        dict(zip(parameters, values, strict=True))
        for values in itertools.product(*parameters.values())
    ]
    assert [choice for choice, _, _ in it.frames] == choices
    for k, choice in enumerate(choices):
        fig, readout = draw(**choice)
        svg = explore.to_text(explore.clean(save_svg(fig), it.uid, TEXTS["alt"]))
        assert apply(it.html, k) == picture(svg)
        assert page_data(it.html)["readouts"][k] == readout


def save_svg(fig):
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "rnnlib"}):
        buffer = explore.BytesIO()
        fig.savefig(buffer, format="svg")
    plt.close(fig)
    return buffer.getvalue()


def test_all_frames_differ(case):
    *_, it = case
    frames = [apply(it.html, k) for k in range(len(it.frames))]
    assert len(set(frames)) == len(frames) > 1


def test_cleaning_keeps_the_drawing():
    """Texts, colours and elements stay; no coordinate moves by more than half a hundredth."""
    fig, _ = decay(0.9)
    fig.axes[0].bar([5], [1], hatch="//", color="#00ff00")
    svg = save_svg(fig)
    before, after = without_namespaces(ElementTree.fromstring(svg)), explore.clean(svg, "u", "alt")
    for tag in ("text", "path", "use", "clipPath", "pattern", "g"):
        assert len(after.findall(f".//{tag}")) == len(before.findall(f".//{tag}")) > 0
    assert texts(after) == texts(before)
    assert [node.get("fill") for node in after.iter("rect")] == [
        node.get("fill") for node in before.iter("rect")
    ]
    number = r"-?\d+(?:\.\d+)?"
    for old, new in zip(before.iter("path"), after.iter("path"), strict=True):
        old, new = (np.array(re.findall(number, n.get("d")), dtype=float) for n in (old, new))
        np.testing.assert_allclose(new, old, rtol=0, atol=0.0051)


def test_ids_are_those_in_use():
    fig, _ = decay(0.9)
    fig.axes[0].bar([5], [1], hatch="//")
    after = explore.clean(save_svg(fig), "u", "alt")
    values = [value for node in after.iter() for value in node.attrib.values()]
    used = {name for value in values for name in re.findall(r"(?:^|url\()#(u-\d+)", value)}
    ids = [node.get("id") for node in after.iter() if node.get("id")]
    assert set(ids) == used == {f"u-{k}" for k in range(len(used))}
    assert len(ids) == len(set(ids)) > 3


def texts(root):
    return ["".join(node.itertext()).split() for node in root.iter("text")]


def test_two_runs_give_the_same_bytes(case):
    draw, parameters, it = case
    again = explorable(draw, **TEXTS, **parameters)
    assert again.html == it.html
    assert again.png == it.png
    assert repr(again) == repr(it)
    assert " at 0x" not in repr(it)


def test_two_explorables_on_one_page_share_no_id():
    one = explorable(decay, **TEXTS, w_h=[0.5, 0.9])
    two = explorable(decay, **TEXTS, w_h=[0.5, 0.8])

    def ids(it):
        return set(re.findall(r'\bid="([^"]+)"', it.html + it.frames[1][1]))

    assert ids(one)
    assert ids(two)
    assert not ids(one) & ids(two)


def test_the_page_needs_nothing_else_and_nothing_is_dead_without_javascript(case):
    _, parameters, it = case
    addresses = re.findall(r'(?:src|href)="([^"]*)"', it.html)
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert it.html.count('type="range"') == len(parameters)
    assert '<div class="explorable-controls" hidden>' in it.html
    assert f'<img alt="{TEXTS["alt"]}"' in it.html
    assert it.html.count("</script>") == 2, "no text closes the script early"
    for name in parameters:
        assert re.search(
            rf'<label for="(\w+-{name})">.*?<input type="range" id="\1"', it.html, re.S
        )


def test_texts_are_escaped_and_symbols_are_typeset():
    it = explorable(decay, caption='Move w_h: "a" < b.', alt='It\'s "a" < b', w_h=[0.5, 0.9])
    assert "<figcaption>Move <i>w</i><sub>h</sub>: &quot;a&quot; &lt; b.</figcaption>" in it.html
    assert 'alt="It&#x27;s &quot;a&quot; &lt; b"' in it.html


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("b", "<i>b</i>"),
        ("rho", "<i>ρ</i>"),
        ("w_h", "<i>w</i><sub>h</sub>"),
        ("temperature", "temperature"),
    ],
)
def test_a_slider_is_named_as_in_the_formulas(name, shown):
    assert explore.symbol(name) == shown


def test_the_faces_without_a_kernel(case):
    *_, it = case
    bundle = it._repr_mimebundle_()
    assert list(bundle) == ["text/plain", "text/html", "image/png"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


def test_with_a_kernel_there_is_a_widget_too(monkeypatch):
    monkeypatch.setattr(explore, "has_kernel", lambda: True)
    bundle = explorable(decay, **TEXTS, w_h=[0.5, 0.9])._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == "<explorable of w_h: 2 values from 0.5 to 0.9>"


def test_a_kernel_without_ipywidgets_is_enough_for_the_page(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
    assert not explore.has_kernel()


def test_the_widget_draws_values_that_are_not_in_the_list():
    it = explorable(decay, **TEXTS, w_h=[0.5, 0.9, 1.1])
    picture, slider, readout, _ = it.widget().children
    assert picture.value == it.frames[0][1]
    assert (slider.min, slider.max, slider.value) == (0.5, 1.1, 0.5)
    slider.value = 0.77
    fig, wanted = decay(0.77)
    assert readout.value == wanted
    assert picture.value == explore.to_text(explore.clean(save_svg(fig), it.uid, TEXTS["alt"]))
    assert picture.value not in [svg for _, svg, _ in it.frames]


def test_the_widget_gives_words_and_whole_numbers_as_they_are():
    seen = []

    def draw(steps, start):
        seen.append((steps, start))
        return plt.figure(), f"{steps} {start}"

    widget = explorable(draw, **TEXTS, steps=np.arange(1, 4), start=["low", "high"]).widget()
    _, steps, start, readout, _ = widget.children
    steps.value, start.value = 3, "high"
    assert readout.value == "3 high"
    assert seen[-1] == (3, "high")
    assert all(type(steps) is int and type(start) is str for steps, start in seen)


def test_a_page_of_more_than_120_kB_is_refused_with_its_size():
    def noise(seed):
        fig, ax = plt.subplots()
        ax.plot(np.random.default_rng(seed).normal(size=500))
        return fig, "noise"

    assert len(explorable(noise, **TEXTS, seed=range(5)).html) < 120_000
    with pytest.raises(InputError, match=r"at most 120 kB, got \d{3}\.\d kB in 30 frames.*fewer"):
        explorable(noise, **TEXTS, seed=range(30))


def returning(result):
    return lambda w_h: result


GOOD = {"w_h": [0.5, 0.9]}
BAD_INPUT = {
    "no function": ("decay", {**TEXTS, **GOOD}, "a function"),
    "no parameter": (decay, TEXTS, "one or two parameters, got 0"),
    "three": (decay, {**TEXTS, "a": [1, 2], "b": [1, 2], "c": [1, 2]}, "one or two .*got 3"),
    "no value": (decay, {**TEXTS, "w_h": []}, "w_h as a list"),
    "one value": (decay, {**TEXTS, "w_h": [0.5]}, "at least two values of w_h"),
    "a number": (decay, {**TEXTS, "w_h": 0.5}, "w_h as a list"),
    "a matrix": (decay, {**TEXTS, "w_h": np.ones((2, 2))}, "w_h as a list"),
    "twice": (decay, {**TEXTS, "w_h": [0.5, 0.9, 0.5]}, "all different"),
    "same label": (decay, {**TEXTS, "w_h": [0.5, 0.5 + 1e-12]}, "all different"),
    "nan": (decay, {**TEXTS, "w_h": [0.5, np.nan]}, "finite"),
    "bool": (decay, {**TEXTS, "w_h": [True, False]}, "w_h as a list"),
    "mixed": (decay, {**TEXTS, "w_h": [0.5, "high"]}, "w_h as a list"),
    "empty word": (decay, {**TEXTS, "w_h": ["", "high"]}, "w_h as a list"),
    "caption": (decay, {**TEXTS, **GOOD, "caption": " "}, "caption as a text"),
    "alt": (decay, {**TEXTS, **GOOD, "alt": ""}, "alt as a text"),
    "alt type": (decay, {**TEXTS, **GOOD, "alt": None}, "alt as a text"),
    "draw: None": (returning(None), {**TEXTS, **GOOD}, "draw.*got None"),
    "draw: no readout": (returning(plt.Figure()), {**TEXTS, **GOOD}, "draw"),
    "draw: order": (returning(("gain", plt.Figure())), {**TEXTS, **GOOD}, "draw"),
    "draw: empty": (returning((plt.Figure(), "")), {**TEXTS, **GOOD}, "draw"),
    "draw: number": (returning((plt.Figure(), 3.0)), {**TEXTS, **GOOD}, "draw"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused(name):
    draw, arguments, message = BAD_INPUT[name]
    with pytest.raises(InputError, match=message) as error:
        explorable(draw, **arguments)
    assert all(part in str(error.value) for part in ("expected", "got", "cause:", "fix:"))


def test_figures_are_closed_also_when_draw_fails():
    def broken(w_h):
        plt.figure()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        explorable(broken, **TEXTS, **GOOD)
    with pytest.raises(InputError):
        explorable(lambda w_h: plt.figure(), **TEXTS, **GOOD)
    mine = plt.figure()
    explorable(decay, **TEXTS, **GOOD)
    assert plt.get_fignums() == [mine.number], "figures of others stay open"
    plt.close(mine)


def test_the_script_shows_every_frame_in_chromium(tmp_path):
    """Two explorables on one page: moving one shows its frames and leaves the other alone."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        pytest.skip("Chromium is not installed, so the script was not run")
    sync_api = pytest.importorskip("playwright.sync_api")
    made = [
        explorable(draw, **TEXTS, **parameters)
        for draw, parameters in (CASES["structure"], CASES["two"])
    ]
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><meta charset=utf-8>" + "".join(it.html for it in made))
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page()
        errors = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(page.as_uri())
        for number, it in enumerate(made):
            figure = tab.locator("figure").nth(number)
            places = itertools.product(*(range(len(labels)) for labels in it.labels))
            for place, (_, svg, readout) in zip(places, it.frames, strict=True):
                for k, position in enumerate(place):
                    figure.locator("input").nth(k).fill(str(position))
                shown = figure.locator("svg").evaluate(
                    "it => new XMLSerializer().serializeToString(it)"
                )
                assert picture(shown) == picture(svg)
                assert figure.locator(".explorable-readout").text_content() == readout
                labels = [labels[k] for labels, k in zip(it.labels, place, strict=True)]
                assert figure.locator("output").all_text_contents() == labels
        first = tab.locator("figure svg").first.evaluate(
            "it => new XMLSerializer().serializeToString(it)"
        )
        assert picture(first) == picture(made[0].frames[-1][1])
        assert errors == []
        browser.close()
