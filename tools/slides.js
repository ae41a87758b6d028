// One slide at a time. The place in the deck is the fragment of the address: #7 is the seventh slide.
const root = document.documentElement;
const folds = [...document.querySelectorAll("details")];
const open = (wanted) => folds.forEach((fold) => { fold.open = wanted; });

// Move what does not fit, the last first, to a slide of its own; lists and tables are cut in two.
const list = (block) => (block.matches("ul, ol") ? block : block.querySelector("tbody"));

function split(slide) {
  const body = slide.querySelector(".body");
  const rest = slide.cloneNode(true);
  const moved = rest.querySelector(".body");
  moved.replaceChildren();
  let cut;
  while (body.scrollHeight > body.clientHeight + 1) {
    const last = body.lastElementChild;
    if (list(last)?.children.length > 1) {
      if (cut !== last) {
        moved.prepend(last.cloneNode(true));
        list(moved.firstElementChild).replaceChildren();
        cut = last;
      }
      list(moved.firstElementChild).prepend(list(last).lastElementChild);
    } else if (body.children.length > 1) moved.prepend(last);
    else break;
  }
  if (!moved.children.length) return;
  slide.after(rest);
  split(rest);
}

let slides = [];

// What fits is known only when pictures and fonts are there.
addEventListener("load", async () => {
  await Promise.all([...document.fonts].map((font) => font.load()));
  open(true);
  document.querySelectorAll(".slide").forEach(split);
  open(false);
  slides = [...document.querySelectorAll(".slide")];
  slides.forEach((slide, i) => {
    slide.querySelector(".number").textContent = `${i + 1} / ${slides.length}`;
  });
  show();
});

const place = () => Math.min(Math.max(parseInt(location.hash.slice(1)) || 1, 1), slides.length) - 1;
const go = (i) => {
  location.hash = Math.min(Math.max(i, 0), slides.length - 1) + 1;
  show();
};

function show() {
  slides.forEach((slide, i) => slide.classList.toggle("now", i === place()));
  root.classList.toggle("deck", !root.classList.contains("all"));
  slides[place()].focus({ preventScroll: !root.classList.contains("all") });
}

function overview(wanted) {
  root.classList.toggle("all", wanted);
  show();
}

function forward() {
  const fold = slides[place()].querySelector("details:not([open])");
  if (fold && !root.classList.contains("all")) fold.open = true;
  else go(place() + 1);
}

const keys = {
  ArrowRight: forward, ArrowDown: forward, PageDown: forward, " ": forward,
  ArrowLeft: () => go(place() - 1), ArrowUp: () => go(place() - 1), PageUp: () => go(place() - 1),
  Home: () => go(0), End: () => go(slides.length - 1),
  Escape: () => overview(!root.classList.contains("all")),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter" && root.classList.contains("all")) overview(false);
  else if (event.key === " " && event.target.closest("a, summary")) return;
  else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});
addEventListener("click", (event) => {
  const slide = event.target.closest(".slide");
  if (!slide || !root.classList.contains("all")) return;
  event.preventDefault();
  root.classList.remove("all");
  go(slides.indexOf(slide));
});
addEventListener("hashchange", show);
addEventListener("beforeprint", () => open(true));
