// What is wider than the page scrolls in its own box; the keyboard must be able to reach it, and its
// edge fades where it goes on.
const WIDE = "mjx-container[display], article figure";
const SCROLLS = `${WIDE}, article .pst-scrollable-table-container, article pre`;
const fade = (box) => {
  const margin = parseFloat(getComputedStyle(box).paddingRight) + 2;
  box.classList.toggle("goes-on", box.scrollWidth - box.clientWidth - box.scrollLeft > margin);
};
const reachWideBoxes = () => {
  for (const box of document.querySelectorAll(WIDE)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
  document.querySelectorAll(SCROLLS).forEach(fade);
};

addEventListener("load", () => Promise.resolve(window.MathJax?.startup.promise).then(reachWideBoxes));
addEventListener("resize", reachWideBoxes);
addEventListener("scroll", ({ target }) => target.matches?.(SCROLLS) && fade(target), { capture: true, passive: true });

// From a folder, a browser may not open the other pages to show an extract of them.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// The table "Where to begin" becomes a quiz: the first question answered with no decides.
const askWhereToBegin = () => {
  const table = document.querySelector("#where-to-begin table");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const inside = (cell) => cell.innerHTML.replace(/<\/?p>/g, "");
  const result = document.createElement("p");
  result.className = "placement-result";
  result.setAttribute("role", "status");
  result.textContent = "Answer from the top. Your first no says where to begin.";
  table.classList.add("placement");
  table.after(result);
  const advice = table.tHead.rows[0].cells[1].textContent;
  table.tHead.rows[0].append(document.createElement("th"));
  table.tHead.rows[0].cells[2].textContent = "Your answer";
  rows.at(-1).classList.add("placement-rest");
  const questions = rows.slice(0, -1).map((row, k) => {
    const group = row.insertCell();
    group.innerHTML = ["yes", "no"]
      .map((word) => `<label><input type="radio" name="placement-${k}" value="${word}">${word}</label>`)
      .join(" ");
    const choice = document.createElement("div");
    choice.setAttribute("role", "radiogroup");
    choice.setAttribute("aria-label", row.cells[0].textContent);
    choice.append(...group.childNodes);
    group.append(choice);
    return { choice, link: inside(row.cells[1]) };
  });
  const otherwise = inside(rows.at(-1).cells[1]);
  table.addEventListener("change", () => {
    const answers = questions.map(({ choice }) => choice.querySelector(":checked")?.value);
    const first = answers.indexOf("no");
    if (first >= 0) result.innerHTML = `${advice}: ${questions[first].link}`;
    else if (answers.every(Boolean)) result.innerHTML = `${advice}: ${otherwise}`;
    else result.textContent = "So far you know it all. Go on.";
  });
};

askWhereToBegin();
