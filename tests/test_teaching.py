"""The page for instructors: minutes add up, and all that it names exists."""

import re

import pytest
from pages import ROOT, SITE, axe_violations, load, open_tab, parse

from tools import teaching

PAGE = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
CHAPTERS = {path.stem: path for path in teaching.chapters()}
EXERCISES = {k: v for path in CHAPTERS.values() for k, v in teaching.exercises(path).items()}
PLANS = re.findall(r"(?ms)^### ([^\n]+)\n\n(.+?)\n\n\| (minutes .+?)\n\n", PAGE)


def headings(name):
    """Return the headings of a chapter as readers see them."""
    found = re.findall(r"(?m)^##+ (.+)$", teaching.prose(CHAPTERS[name]))
    return {re.sub(r"[$`]", "", heading) for heading in found}


def rows(table):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")[2:]]


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_a_chapter_says_about_itself(name):
    said, given = teaching.about(CHAPTERS[name]), teaching.exercises(CHAPTERS[name])
    assert len(said["outcomes"]) == 3
    assert re.search(rf"\b{said['minutes']} \|", teaching.minutes_table())
    assert 10 <= said["seconds"] <= 150
    assert 3 <= len(given) <= 5
    assert all(number.split(".")[0] == str(int(name[:2])) for number in given)
    assert 0 < sum(minutes for minutes, must in given.values() if must) <= 60


def test_minutes_of_the_cover_are_those_of_the_chapters():
    cover = (ROOT / "book" / "intro.md").read_text(encoding="utf-8")
    listed = re.findall(r"<(\d\d_\w+)>` \|[^|]+\| (\d+) \|", cover)
    assert {name: int(minutes) for name, minutes in listed} == {
        name: teaching.about(path)["minutes"] for name, path in CHAPTERS.items()
    }


@pytest.mark.parametrize(("title", "text", "table"), PLANS, ids=lambda value: value[:12])
def test_a_plan_adds_up(title, text, table):
    lines = rows(table)
    total = int(re.search(r"(\d+) minutes in", text)[1])
    assert sum(int(line[0]) for line in lines) == total
    for line in lines:
        assert re.search(r"<(\w+)>", line[1])[1] in CHAPTERS
        numbers = re.findall(r"\b\d+\.\d+\b", line[3]) if len(line) > 3 else []
        minutes = sum(EXERCISES[number][0] for number in numbers)
        assert all(EXERCISES[number][1] for number in numbers), "must-do exercises only"
        assert len(line) < 5 or int(line[4]) == minutes
        assert len(line) != 4 or minutes < int(line[0]), "in class, inside the minutes"


def test_there_are_four_plans_and_the_longest_has_every_chapter():
    assert [title.split(":")[0] for title, _, _ in PLANS] == [
        *["90 minutes", "One day", "Two weeks", "14 weeks"]
    ]
    named = [re.search(r"<(\w+)>", line[1])[1] for line in rows(PLANS[-1][2])]
    assert named == list(CHAPTERS)


def test_sections_and_exhibits_that_are_named_exist():
    text = re.sub(r"\*\*.+?\*\*", "", PAGE[PAGE.index("## Plans") :], flags=re.DOTALL)
    text = text[: text.index("## Questions to ask")]
    seen = 0
    for name, rest in re.findall(r"<(\d\d_\w+)>`(.*?)(?=\{doc\}|\n\n|$)", text, re.DOTALL):
        for section in re.findall(r"\*(.+?)\*", " ".join(rest.split())):
            assert section in headings(name), name
            seen += 1
    assert seen > 60
    exhibits = [int(number) for number in re.findall(r"exhibit (\d+)", text)]
    assert len(exhibits) >= 6
    assert all(1 <= number <= 16 for number in exhibits)


def test_the_question_bank_is_new_and_in_order():
    bank = PAGE[PAGE.index("## Questions to ask") : PAGE.index("## Slides")]
    chapters = re.findall(r"(?m)^\*\*(\d\d) ", bank)
    assert chapters == [name[:2] for name in CHAPTERS]
    questions = re.findall(r"(?m)^:::\{dropdown\} (.+)\n((?:.|\n)+?)\n:::", bank)
    assert len(questions) >= 30
    prose = " ".join(" ".join(map(teaching.prose, CHAPTERS.values())).split())
    assert all(question not in prose for question, _ in questions)
    assert all(len(answer.split()) >= 10 for _, answer in questions)


@pytest.mark.site
def test_instructors_read_the_objectives_and_the_way_to_the_solutions():
    article = parse(SITE / "book" / "instructors.html").find("article")
    assert len(article.select("#objectives li")) == 3 * len(CHAPTERS)
    links = [link["href"] for link in article.select("#the-teachers-part a[href]")]
    assert any("/issues/new?title=" in link for link in links)
    for page in ("intro", "instructors"):
        assert "{{" not in parse(SITE / "book" / f"{page}.html").find("article").get_text()


@pytest.mark.site
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_answers_open_and_are_accessible(scheme, browser, address):
    tab, troubles = open_tab(browser, address, scheme, viewport={"width": 390, "height": 900})
    load(tab, f"{address}/book/instructors.html")
    tab.locator("details.sd-dropdown summary").first.click()
    assert tab.locator("details.sd-dropdown[open]").count() == 1
    assert axe_violations(tab) == []
    assert troubles == []
    tab.context.close()
