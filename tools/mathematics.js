// Set the mathematics in small portions, so that the page answers to the reader between them.
if (window.MathJax) MathJax.startup = {
  pageReady: async () => {
    const waiting = [...document.querySelectorAll(".math")];
    let portion = 4;
    while (waiting.length) {
      const start = performance.now();
      await MathJax.typesetPromise(waiting.splice(0, portion));
      const spent = performance.now() - start;
      if (spent < 20) portion *= 2;
      else if (spent > 40 && portion > 1) portion /= 2;
      await new Promise((go) => setTimeout(go));
    }
  },
};
