"""Write the tables of book/speed.md from the CSV files of the benchmarks.

usage: python -m benchmarks.page
"""

import csv
import re
from pathlib import Path

HERE = Path(__file__).parent
PATH = HERE.parent / "book" / "speed.md"


def rows(name):
    with (HERE / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def table(head, body):
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def two(number):
    return f"{float(number):.2f}" if number else "none"


def measured(threads, columns):
    """The results with so many threads: one column for each name, and the load below."""
    found = [row for row in rows("results") if row["threads"] == threads]
    loads = [float(row["load"]) for row in found]
    head = ["layer", "size", *columns.values()]
    body = [[row["cell"], row["size"], *(two(row[name]) for name in columns)] for row in found]
    note = f"\nLoad average during the measurement: {min(loads):.1f} to {max(loads):.1f}.\n"
    return table(head, body) + note


def speed():
    columns = {
        "ms": "ms",
        "of_torch": "/ PyTorch",
        "bar": "aim",
        "products_of_torch": "products / PyTorch",
        "of_products": "/ products",
        "of_textbook": "/ textbook",
    }
    return measured("1", columns)


def machines():
    """The ratios to PyTorch beside those of another machine, which are not measured again."""
    head = ["layer", "size", "aim", "this machine / PyTorch", "the other machine / PyTorch"]
    here = [row for row in rows("results") if row["threads"] == "1"]
    body = [
        [row["cell"], row["size"], *map(two, (row["bar"], row["of_torch"], other["of_torch"]))]
        for row, other in zip(here, rows("other_machine"), strict=True)
    ]
    return table(head, body)


def memory():
    """The size large only: the others compare what PyTorch loads at its first use."""
    found = [row for row in rows("results") if (row["size"], row["threads"]) == ("large", "1")]
    names = ("memory_of_torch", "memory_2_of_torch")
    body = [[row["cell"], *(two(row[name]) for name in names)] for row in found]
    return table(["layer, large", "one pass / PyTorch", "two passes / PyTorch"], body)


def threads():
    return measured("2", {"ms": "ms", "of_torch": "/ PyTorch", "of_textbook": "/ textbook"})


def experiment():
    head = ["pass", "`rnnlib`, s", "PyTorch, s", "ratio", "aim"]
    names = ("rnnlib_s", "torch_s", "ratio", "bar")
    body = [[row["pass"], *(two(row[n]) for n in names)] for row in rows("seed_experiment")]
    return table(head, body)


def ablation():
    head = [
        "left out",
        *(f"time, {size}" for size in ("small", "middle", "long", "large")),
        "memory, large",
    ]
    body = [list(row.values()) for row in rows("ablation")]
    return table(head, [[name, *map(two, ratios)] for name, *ratios in body])


def shares():
    head = ["size", "products, %", "calls, %", "element-wise and copies, %"]
    return table(head, [list(row.values()) for row in rows("shares")])


TABLES = {
    "speed": speed,
    "machines": machines,
    "memory": memory,
    "threads": threads,
    "experiment": experiment,
    "ablation": ablation,
    "shares": shares,
}


def filled(text=None):
    """The page with every table between `% table NAME` and `% end` made anew."""
    text = PATH.read_text(encoding="utf-8") if text is None else text
    for name, make in TABLES.items():
        new = f"% table {name}\n\n{make()}\n% end"
        pattern = rf"^% table {name}\n.*?^% end$"
        text, count = re.subn(pattern, lambda _, new=new: new, text, flags=re.M | re.S)
        if count != 1:
            raise ValueError(f"{PATH.name} has {count} places for the table {name}, and needs one")
    return text


if __name__ == "__main__":
    PATH.write_text(filled(), encoding="utf-8")
