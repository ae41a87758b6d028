// An equation wider than the page scrolls in its own box; the keyboard must be able to reach it.
const reachWideEquations = () => {
  for (const equation of document.querySelectorAll("mjx-container[display]")) {
    if (equation.scrollWidth > equation.clientWidth) equation.tabIndex = 0;
    else equation.removeAttribute("tabindex");
  }
};

addEventListener("load", () => window.MathJax?.startup.promise.then(reachWideEquations));
addEventListener("resize", reachWideEquations);

// The table "Where to begin" becomes a quiz: the first question answered with no decides.
const askWhereToBegin = () => {
  const table = document.querySelector("#where-to-begin table");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const result = document.createElement("p");
  result.className = "placement-result";
  result.setAttribute("role", "status");
  result.textContent = "Answer from the top. Your first no says where to begin.";
  table.classList.add("placement");
  table.after(result);
  const heading = table.tHead.rows[0].cells[1];
  const { textContent: advice } = heading;
  heading.textContent = "Your answer";
  const questions = rows.slice(0, -1).map((row, k) => {
    const [question, target] = row.cells;
    const link = target.innerHTML;
    const group = document.createElement("div");
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", question.textContent);
    group.innerHTML = ["yes", "no"]
      .map((word) => `<label><input type="radio" name="placement-${k}" value="${word}">${word}</label>`)
      .join(" ");
    target.replaceChildren(group);
    return { group, link };
  });
  const otherwise = rows.at(-1).cells[1].innerHTML;
  rows.at(-1).remove();
  table.addEventListener("change", () => {
    const answers = questions.map(({ group }) => group.querySelector(":checked")?.value);
    const first = answers.indexOf("no");
    if (first >= 0) result.innerHTML = `${advice}: ${questions[first].link}`;
    else if (answers.every(Boolean)) result.innerHTML = `${advice}: ${otherwise}`;
    else result.textContent = "So far you know it all. Go on.";
  });
};

askWhereToBegin();
