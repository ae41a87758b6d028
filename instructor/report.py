"""The page that a student gets back: no script, no address, no test, no expected value."""

import hashlib
import re
import unicodedata
from html import escape

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }}
code {{ overflow-wrap: anywhere; }}
</style>
<h1>{title}</h1>
<p>{student}: {points:g} of {of:g} points{late}. {waiting}</p>
{body}
</html>
"""


def slug(text):
    """Return a name for a file: letters, digits and hyphens; different texts, different names."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    short = re.sub(r"\W+", "-", plain).strip("-")[:60]
    return short if short == text else f"{short}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def line(part):
    """Return one part of an exercise; what the code raised is text of strangers, so escaped."""
    state = "yes" if part["passed"] else "not yet"
    note = part["note"] if part["note"] not in ("", "not yet") else ""
    note = f"<br><code>{escape(note[:500])}</code>" if note else ""
    return f"<li>{escape(part['idea'])} <strong>{state}</strong>{note}</li>"


def exercise(mark):
    parts = "\n".join(map(line, mark["parts"]))
    blocks = [f"<h2>{mark['number']} {escape(mark['title'])}</h2>"]
    if mark["of"]:
        blocks.append(f"<p>Tests: {mark['points']:g} of {mark['of']:g} points.</p>")
    if mark["by_person"]:
        given = "not marked yet" if mark.get("person") is None else f"{mark['person']:g}"
        comment = escape(mark.get("comment", ""))
        blocks.append(f"<p>Read by a person: {given} of {mark['by_person']:g}. {comment}</p>")
    if mark["note"]:
        blocks.append(f"<p><code>{escape(mark['note'][:500])}</code></p>")
    return "\n".join([*blocks, f"<ul>\n{parts}\n</ul>" if parts else ""])


def page(result, points):
    """Return the report on one notebook as HTML."""
    marks = result["marks"]
    body = "\n".join(map(exercise, marks))
    if result["reason"]:
        body = f"<p>It could not be graded: {escape(result['reason'])}.</p>"
    if result["repairs"]:
        items = "\n".join(f"<li>{escape(text)}</li>" for text in result["repairs"])
        body += f"\n<h2>What was mended before</h2>\n<ul>\n{items}\n</ul>"
    waiting = any(m["by_person"] and m.get("person") is None for m in marks)
    return PAGE.format(
        title=f"Exercises of {result['chapter']}",
        student=escape(result["student"]),
        points=points,
        of=result["of"],
        late=", handed in late" if result["late"] else "",
        waiting="Some answers wait for a person." if waiting else "",
        body=body,
    )
