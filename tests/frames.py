"""Explorables read as a page's script reads them: which picture and text it shows at each frame."""

import base64
import itertools
import json
import re
from xml.etree import ElementTree

import nbformat


def explorables_of(notebook):
    """Return (id of the cell, HTML face) of every explorable that a notebook stores."""
    return [
        (cell.id, output.data["text/html"])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if 'class="explorable"' in output.get("data", {}).get("text/html", "")
    ]


def read_explorables(path):
    return [page for _, page in explorables_of(nbformat.read(path, as_version=4))]


def page_data(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.S)[1])


def first_picture(page):
    return ElementTree.fromstring(base64.b64decode(re.search(r'base64,([^"]+)"', page)[1]))


def without_namespaces(root):
    for node in root.iter():
        node.tag = node.tag.split("}")[-1]
    return root


def canonical(root):
    return ElementTree.canonicalize(ElementTree.tostring(root, encoding="unicode"))


def picture(svg):
    """Return a picture's text in one form: no namespaces, no marks of the script."""
    root = without_namespaces(ElementTree.fromstring(svg))
    for node in root.iter():
        node.attrib.pop("data-v", None)
    return canonical(root)


def apply(page, frame):
    """Do in Python what the page's script does: change the first picture into another frame."""
    root = without_namespaces(first_picture(page))
    nodes = [node for node in root.iter() if "data-v" in node.attrib]
    for number, name, values, which in page_data(page)["patches"]:
        node, value = nodes[number], values[which[frame]]
        if name == "inside":
            inside = ElementTree.fromstring(f"<x>{value}</x>")
            node.text = inside.text
            node[:] = list(inside)
        elif value is None:
            node.attrib.pop(name, None)
        else:
            node.set(name, value)
    for node in nodes:
        del node.attrib["data-v"]
    return canonical(root)


def frames_of(page):
    """Return {position of each slider: (labels, picture, readout)} in the order of the frames."""
    data = page_data(page)
    places = itertools.product(*(range(len(labels)) for labels in data["labels"]))
    return {
        place: (
            [labels[k] for labels, k in zip(data["labels"], place, strict=True)],
            apply(page, frame),
            data["readouts"][frame],
        )
        for frame, place in enumerate(places)
    }


def alike(one, other, tolerance):
    """Say whether two pictures differ in no more than the last digits of their coordinates."""
    number = r"-?\d+(?:\.\d+)?"
    numbers = [[float(n) for n in re.findall(number, text)] for text in (one, other)]
    return re.sub(number, "0", one) == re.sub(number, "0", other) and all(
        abs(a - b) <= tolerance for a, b in zip(*numbers, strict=True)
    )
