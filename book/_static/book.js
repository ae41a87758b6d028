// An equation wider than the page scrolls in its own box; the keyboard must be able to reach it.
const reachWideEquations = () => {
  for (const equation of document.querySelectorAll("mjx-container[display]")) {
    if (equation.scrollWidth > equation.clientWidth) equation.tabIndex = 0;
    else equation.removeAttribute("tabindex");
  }
};

addEventListener("load", () => window.MathJax?.startup.promise.then(reachWideEquations));
addEventListener("resize", reachWideEquations);
