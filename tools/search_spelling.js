
// A learner may write American English: `british` in tools/search.py, once more for the browser.
const AMERICAN = { color: "colour", behavior: "behaviour", license: "licence" };
const stemWithoutSpelling = Stemmer;
Stemmer = function () {
  const stemmer = new stemWithoutSpelling();
  this.stemWord = (word) => {
    const known = Object.hasOwn(AMERICAN, word) ? AMERICAN[word] : word;
    return stemmer.stemWord(known.replace(/^(.{4,})iz(e|ed|er|ers|es|ing|ation|ations)$/, "$1is$2"));
  };
};
