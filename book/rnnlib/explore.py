"""Explorables: one drawing function with sliders, with a kernel and without one."""

import html
import itertools
import json
import re
from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from numbers import Integral, Real
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np

from .checks import fail

MAX_BYTES = 120_000

STYLE = "display:block;width:100%;max-width:640px;height:auto"
SAVE = {
    "svg": {"metadata": {"Date": None}},
    "png": {"metadata": {"Software": None}, "dpi": 100},
}

PAGE = """\
<figure class="explorable" style="margin:1em 0">
<img alt="{alt}" style="{style}" src="data:image/svg+xml;base64,{svg}">
<div class="explorable-controls" hidden>{controls}</div>
<p class="explorable-readout" aria-live="polite">{readout}</p>
<figcaption>{caption}</figcaption>
<script type="application/json">{data}</script>
<script>{script}</script>
</figure>"""

CONTROL = """
<label for="{uid}-{name}">{symbol}</label>
<input type="range" id="{uid}-{name}" min="0" max="{last}" value="0" autocomplete="off" \
aria-valuetext="{label}">
<output for="{uid}-{name}" aria-live="off">{label}</output>
"""

SCRIPT = """
(() => {
  const figure = document.currentScript.closest("figure");
  const data = JSON.parse(figure.querySelector("script").textContent);
  const picture = figure.querySelector("img");
  picture.outerHTML = atob(picture.src.split(",")[1]);
  const inputs = [...figure.querySelectorAll("input")];
  const nodes = [...figure.querySelectorAll("[data-v]")];
  const show = () => {
    let frame = 0;
    inputs.forEach((input, i) => {
      const label = data.labels[i][input.value];
      frame = frame * data.labels[i].length + Number(input.value);
      input.setAttribute("aria-valuetext", label);
      input.nextElementSibling.value = label;
    });
    figure.querySelector(".explorable-readout").textContent = data.readouts[frame];
    for (const [node, name, values, which] of data.patches) {
      const value = values[which[frame]];
      if (name === "inside") nodes[node].innerHTML = value;
      else if (value === null) nodes[node].removeAttribute(name);
      else nodes[node].setAttribute(name, value);
    }
  };
  inputs.forEach((input) => input.addEventListener("input", show));
  figure.querySelector(".explorable-controls").hidden = false;
  show();
})();
"""


def explorable(draw, *, caption, alt, **parameters):
    """Make a figure that the reader can move: a drawing function and one or two parameters.

    With a kernel the reader gets ipywidgets, which call `draw` for any value. On a page, and in a
    saved notebook, the frames of all listed values are there already and a range input shows one
    of them. Where nothing runs, the first frame is a picture.

    Parameters
    ----------
    draw : callable
        ``draw(**values) -> (fig, readout)``: a matplotlib figure, and one short line of text.
        Fix the limits of the axes inside it, so that only the data move. The figure is closed.
    caption : str
        Says what to move and what to notice.
    alt : str
        Says what the first frame shows.
    **parameters : sequence of numbers or of strings
        The values of each parameter, shape (n,), all different.

    Returns
    -------
    Explorable
        Shown when it is the last expression of a cell.

    Raises
    ------
    InputError
        For a bad argument, for a `draw` that returns something else, and for a page larger than
        120 kB.
    """
    return Explorable(draw, caption, alt, parameters)


class Explorable:
    """The result of `explorable`: ``frames`` holds (values, svg, readout) of every frame."""

    def __init__(self, draw, caption, alt, parameters):
        if not callable(draw):
            fail("a function draw(**values)", repr(draw), "it cannot be called", "pass a function")
        check_text("caption", caption)
        check_text("alt", alt)
        if not 1 <= len(parameters) <= 2:
            fail(
                "one or two parameters",
                f"{len(parameters)} ({', '.join(parameters) or 'none'})",
                "the page holds one frame for every combination of values",
                "pass one or two, such as w_h=np.linspace(0, 1.2, 13)",
            )
        self.draw, self.caption, self.alt = draw, caption, alt
        self.values = {name: check_values(name, values) for name, values in parameters.items()}
        self.labels = [[label(value) for value in values] for values in self.values.values()]

        combinations = itertools.product(*self.values.values())
        choices = [dict(zip(self.values, values, strict=True)) for values in combinations]
        readouts, svgs = zip(*(self.render(choice, "svg") for choice in choices), strict=True)
        self.png = self.render(choices[0], "png")[1]
        identity = json.dumps([caption, alt, list(self.values), self.labels, readouts])
        self.uid = "x" + sha256(identity.encode()).hexdigest()[:8]
        pictures = [clean(svg, self.uid, alt) for svg in svgs]
        self.frames = list(zip(choices, map(to_text, pictures), readouts, strict=True))

        self.html = self.page(pictures, readouts)
        size = len(self.html.encode())
        if size > MAX_BYTES:
            fail(
                f"an explorable of at most {MAX_BYTES / 1000:.0f} kB",
                f"{size / 1000:.1f} kB in {len(choices)} frames",
                "the page holds everything that differs between the frames",
                "list fewer values, or draw less: fewer points, lines or heat map cells",
            )

    def render(self, choice, file_format):
        """Call `draw` and return its readout and its figure as bytes."""
        before = plt.get_fignums()
        try:
            result = self.draw(**choice)
            check_result(result)
            fig, readout = result
            with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "rnnlib"}):
                buffer = BytesIO()
                fig.savefig(buffer, format=file_format, **SAVE[file_format])
            plt.close(fig)
            return readout, buffer.getvalue()
        finally:
            for number in set(plt.get_fignums()) - set(before):
                plt.close(number)

    def page(self, pictures, readouts):
        """Return the HTML face: the first frame, what the others change in it, the controls."""
        patches = []
        compare(pictures, patches)
        data = {"labels": self.labels, "readouts": readouts, "patches": patches}
        controls = "".join(
            CONTROL.format(
                uid=self.uid,
                name=name,
                symbol=symbol(name),
                last=len(labels) - 1,
                label=html.escape(labels[0]),
            )
            for name, labels in zip(self.values, self.labels, strict=True)
        )
        return PAGE.format(
            alt=html.escape(self.alt),
            style=STYLE,
            svg=b64encode(ElementTree.tostring(pictures[0])).decode(),
            controls=controls,
            readout=html.escape(readouts[0]),
            caption=typeset(self.caption),
            data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/"),
            script=SCRIPT,
        )

    def widget(self):
        """Return the face for a live kernel: ipywidgets that call `draw` for any value."""
        import ipywidgets

        _, svg, text = self.frames[0]
        picture, readout = ipywidgets.HTML(svg), ipywidgets.Label(text)
        sliders = {name: slider(name, values) for name, values in self.values.items()}

        def update(change):
            choice = {name: control.value for name, control in sliders.items()}
            readout.value, svg = self.render(choice, "svg")
            picture.value = to_text(clean(svg, self.uid, self.alt))

        for control in sliders.values():
            control.observe(update, "value")
        caption = ipywidgets.HTML(typeset(self.caption))
        return ipywidgets.VBox([picture, *sliders.values(), readout, caption])

    def _repr_mimebundle_(self, include=None, exclude=None):
        faces = {
            "text/plain": repr(self),
            "text/html": self.html,
            "image/png": b64encode(self.png).decode(),
        }
        return self.widget()._repr_mimebundle_() | faces if has_kernel() else faces

    def __repr__(self):
        ranges = (
            f"{name}: {len(labels)} values from {labels[0]} to {labels[-1]}"
            for name, labels in zip(self.values, self.labels, strict=True)
        )
        return f"<explorable of {', '.join(ranges)}>"


def check_text(name, text):
    if not isinstance(text, str) or not text.strip():
        fail(
            f"{name} as a text that is not empty",
            repr(text),
            "a figure must say what is seen, also to those who cannot see it move",
            f"write one or two sentences as {name}",
        )


def check_values(name, values):
    """Return the values of a parameter as a list of int, of float or of str."""
    values = values.tolist() if isinstance(values, np.ndarray) else values
    some = isinstance(values, (list, tuple, range)) and len(values) > 0
    words = some and all(isinstance(value, str) and value for value in values)
    numbers = some and all(is_number(value) for value in values)
    if not (words or numbers):
        fail(
            f"{name} as a list of finite numbers, or of words",
            repr(values),
            "the list is empty, mixed, nested, or holds something else",
            f"pass a list or an array with one axis, such as {name}=[0.5, 0.9, 1.1]",
        )
    if len(values) < 2 or len({label(value) for value in values}) < len(values):
        fail(
            f"at least two values of {name}, all different in six digits",
            repr(values),
            "the slider would have one position, or two with the same label",
            "list every value once",
        )
    if words:
        return list(values)
    kind = int if all(isinstance(value, Integral) for value in values) else float
    return [kind(value) for value in values]


def is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(value)


def check_result(result):
    good = (
        isinstance(result, tuple)
        and len(result) == 2
        and isinstance(result[0], plt.Figure)
        and isinstance(result[1], str)
        and result[1].strip()
    )
    if not good:
        fail(
            "draw(**values) -> (fig, readout)",
            repr(result),
            "draw must return a matplotlib figure and a text that is not empty",
            'end it with: return fig, f"gain: {gain:.1e}"',
        )


def label(value):
    return value if isinstance(value, str) else f"{value:g}"


def symbol(name):
    """Return the name of a slider as HTML: a letter is a symbol, as in the formulas."""
    letter = {"rho": "ρ"}.get(name, name)
    return f"<i>{letter}</i>" if len(letter) == 1 else typeset(name)


def typeset(text):
    """Return the text as HTML, with w_h as a symbol with an index."""
    return re.sub(r"\b([A-Za-z])_([A-Za-z0-9]+)", r"<i>\1</i><sub>\2</sub>", html.escape(text))


def has_kernel():
    """Say whether sliders can call Python: ipywidgets are installed and a kernel runs this."""
    try:
        import ipywidgets  # noqa: F401
        from IPython import get_ipython
    except ModuleNotFoundError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def slider(name, values):
    """Return the ipywidget that moves through, and between, the values."""
    import ipywidgets

    if isinstance(values[0], str):
        return ipywidgets.SelectionSlider(options=values, description=name)
    low, high = min(values), max(values)
    limits = {"min": low, "max": high, "value": values[0], "description": name}
    if isinstance(low, int):
        return ipywidgets.IntSlider(**limits)
    return ipywidgets.FloatSlider(**limits, step=(high - low) / 100, readout_format=".4g")


def clean(svg, uid, alt):
    """Return matplotlib's SVG as an element tree that can share a page with others.

    Namespaces, metadata and the global style sheet go, coordinates are rounded, and the only
    ids left are those in use, renamed in their order to uid-0, uid-1, ...
    """
    root = ElementTree.fromstring(svg)
    for node in root.iter():
        node[:] = [child for child in node if not child.tag.endswith(("metadata", "style"))]
        node.tag = without_namespace(node.tag)
        node.text, node.tail = filled(node.text), filled(node.tail)
        node.attrib = {without_namespace(key): value for key, value in node.attrib.items()}
        for key in {"d", "x", "y"} & set(node.attrib):
            node.set(key, shorten(node.get(key)))
    root.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": root.get("viewBox"),
        "role": "img",
        "aria-label": alt,
        "style": STYLE,
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
    }
    rename_ids(root, uid)
    return root


def rename_ids(root, uid):
    names = {}

    def rename(found):
        return found[1] + names.setdefault(found[2], f"{uid}-{len(names)}")

    for node in root.iter():
        for key, value in node.attrib.items():
            if key == "href" or "url(" in value:
                node.set(key, re.sub(r"(^#|url\(#)([\w-]+)", rename, value))
    for node in root.iter():
        name = node.attrib.pop("id", None)
        if name in names:
            node.set("id", names[name])


def without_namespace(name):
    return name.split("}")[-1]


def filled(text):
    """Return the text, or None for the white space between elements."""
    return text if text and text.strip() else None


def shorten(path):
    """Round coordinates to two decimals, finer than any screen, and drop needless blanks."""
    path = re.sub(r"-?\d+\.\d+", lambda number: shorten_number(float(number[0])), path)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", path)


def shorten_number(number):
    return f"{round(number, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def to_text(node):
    return ElementTree.tostring(node, encoding="unicode")


def inside(node):
    """Return what stands between the tags of a node."""
    return html.escape(node.text or "") + "".join(map(to_text, node))


def compare(nodes, patches):
    """Compare one node in all frames: append what differs to `patches`, then the children.

    The node gets the attribute ``data-v`` in the first frame when something differs. A patch is
    [k, name, values, which]: the k-th node with data-v, an attribute (or "inside"), its different
    values (None: not there), and for every frame the place of its value in that list.
    """
    first = nodes[0]
    names = dict.fromkeys(itertools.chain.from_iterable(node.attrib for node in nodes))
    changes = {name: [node.get(name) for node in nodes] for name in names}
    alike = all(outline(node) == outline(first) for node in nodes)
    if not alike:
        changes["inside"] = [inside(node) for node in nodes]
    number = patches[-1][0] + 1 if patches else 0
    for name, values in changes.items():
        different = list(dict.fromkeys(values))
        if len(different) > 1:
            patches.append([number, name, different, [different.index(v) for v in values]])
            first.set("data-v", "")
    if alike:
        for children in zip(*nodes, strict=True):
            compare(children, patches)


def outline(node):
    return node.text, [(child.tag, child.tail) for child in node]
