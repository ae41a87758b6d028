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
    return f"{float(number):.2f}"


def speed():
    found = [row for row in rows("results") if row["threads"] == "1"]
    loads = [float(row["load"]) for row in found]
    head = ["layer", "size", "ms", "/ PyTorch", "/ textbook", "/ products", "memory / PyTorch"]
    ratios = ("ms", "of_torch", "of_textbook", "of_products", "memory_of_torch")
    body = [[row["cell"], row["size"], *(two(row[name]) for name in ratios)] for row in found]
    note = f"\nLoad average during the measurement: {min(loads):.1f} to {max(loads):.1f}.\n"
    return table(head, body) + note


def experiment():
    head = ["pass", "`rnnlib`, s", "PyTorch, s", "ratio"]
    names = ("rnnlib_s", "torch_s", "ratio")
    body = [[row["pass"], *(two(row[n]) for n in names)] for row in rows("seed_experiment")]
    return table(head, body)


def ablation():
    head = ["left out", "time, small", "time, middle", "time, long", "memory, large"]
    body = [list(row.values()) for row in rows("ablation")]
    return table(head, [[name, *map(two, ratios)] for name, *ratios in body])


def shares():
    head = ["size", "products, %", "calls, %", "element-wise and copies, %"]
    return table(head, [list(row.values()) for row in rows("shares")])


TABLES = {"speed": speed, "experiment": experiment, "ablation": ablation, "shares": shares}


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
