// The order of search results: the weights of the typed words on a page (tools/search.py) are added up.
const { _parseQuery: parseQuery, _performSearch: search, htmlToText: textOf } = Search;
const { performTermsSearch: findPages } = Search;

Search._parseQuery = (query) => {
  const parsed = parseQuery(query);
  Search.words = [...parsed[1]];
  Search.typed = query.trim();
  return parsed;
};

// Sphinx scores a page by the place of one word in it. The weights know more.
Search.performTermsSearch = (...words) => findPages(...words).map((found) => found.with(4, 0));

const weigh = (page) => {
  const pairs = Search.words.slice(1).map((word, k) => `${Search.words[k]} ${word}`);
  const words = [...Search.words, ...pairs].map((word) => Search._index.weights[word]?.[page] ?? 0);
  return words.reduce((sum, weight) => sum + weight, 0);
};

Scorer.score = ([page, name, anchor, description, score]) => {
  // A function of the library comes first when its name was typed in full. Terms are in the index.
  const typed = name.split(".").pop() === Search.typed && !description?.includes("module");
  if (description) return typed ? 60 : -20;
  // The reference has every word, and answers by its names.
  return page === "book/api" ? (anchor ? 0 : weigh(page) / 2) : score + weigh(page);
};

// Below a term stands what it means. A page that cannot be read shows nothing, in place of an error.
Search.htmlToText = (html, anchor) => {
  const entry = anchor && new DOMParser().parseFromString(html, "text/html").querySelector(`dt${anchor}`);
  const text = textOf(html, anchor) || " ";
  return entry ? `${text.trim()}: ${entry.nextElementSibling.textContent.trim()}` : text;
};

// One result for each page: its best place. The best results are the last.
Search._performSearch = (query, ...words) => {
  const seen = new Set();
  const isFirst = ([page]) => !seen.has(page) && seen.add(page);
  const hyphened = query.trim().toLowerCase().replaceAll(" ", "-");
  const known = Object.hasOwn(Search._index.indexentries, hyphened) ? hyphened : query;
  return search(known, ...words).reverse().filter(isFirst).reverse();
};
