# ---
# number: "13.5"
# title: Words as tokens
# minutes: 40
# required: false
# points: 6
# kind: code
# ---

# %% [markdown] task
# Take words as tokens. How many of the words of the validation text were never seen? What must a model do with them? Write the vocabulary, the encoding, and the count.

# %% [markdown] hint
# `collections.Counter` counts words, and a dictionary looks up the number of one. A word that occurs twice in the validation text counts twice.

# %% given
words = english_text().split()
n_words = len(words)
train_words, val_words = words[: n_words * 8 // 10], words[n_words * 8 // 10 : n_words * 9 // 10]


# %% stub
def vocabulary(words, least):
    """List of the tokens: first "<unknown>", then all words that occur at least `least` times in
    `words`, sorted."""
    ...


def encode(words, tokens):
    """Ids (n,) of the words: the place of each in the list `tokens`; 0 for a word that is not
    there."""
    ...


def unseen_share(known, new):
    """Share of the words in the list `new`, counted each time they occur, that are not in
    `known`."""
    ...


# %% self-check
tokens = vocabulary(["b", "a", "b", "c", "c", "c"], 2)
assert isinstance(tokens, list), "the vocabulary is a list"
assert tokens[0] == "<unknown>", "the token for all other words comes first"
assert tokens[1:] == ["b", "c"], "words that occur often enough, in sorted order, each once"
ids = encode(["c", "x", "b"], tokens)
assert np.shape(ids) == (3,), "one id for each word"
assert ids[1] == 0, "a word without a token has the id of <unknown>"
assert tokens[ids[0]] == "c", "the id is the place in the list of tokens"
assert unseen_share(["a", "b"], ["a", "b"]) == 0, "all words were seen"
assert unseen_share(["a", "b"], ["c", "d"]) == 1, "no word was seen"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-13.5
# print(unseen_share(train_words, val_words), len(vocabulary(train_words, 1)))
from collections import Counter


def vocabulary(words, least):
    return ["<unknown>", *sorted(word for word, n in Counter(words).items() if n >= least)]


def encode(words, tokens):
    places = {token: place for place, token in enumerate(tokens)}
    return np.array([places.get(word, 0) for word in words])


def unseen_share(known, new):
    known = set(known)
    return sum(word not in known for word in new) / len(new)


# %% hidden tests
# GBG-CANARY-13.5
def draw(rng, n):
    """Words of two letters; some are frequent, many are rare."""
    letters = rng.permutation(list("abcdefgh"))
    return ["".join(pair) for pair in letters[rng.geometric(0.4, (n, 2)).clip(max=8) - 1]]


def test_vocabulary(answer, rng):
    """Frequent words only, each once, sorted, behind the token for all others."""
    words = draw(rng, int(rng.integers(60, 120)))
    unique, counts = np.unique(words, return_counts=True)
    least = int(rng.choice(counts[(counts > 1) & (counts < 4)]))
    expected = ["<unknown>", *unique[counts >= least].tolist()]
    expect(answer("vocabulary(words, least)", words=words, least=least) == expected, "vocabulary")


def test_encode(answer, rng):
    """The place of each word in the list, and 0 for a word that has none."""
    pool = [str(word) for word in rng.permutation(sorted(set(draw(rng, 90))))]
    tokens = ["<unknown>", *sorted(pool[:6])]
    words = [pool[k] for k in rng.integers(0, len(pool), 40)] + pool[:12]
    expected = [tokens.index(word) if word in tokens else 0 for word in words]
    close(answer("encode(words, tokens)", words=words, tokens=tokens), expected)


def test_unseen(answer, rng):
    """Each occurrence counts, so a frequent new word weighs more than a rare one."""
    for _ in range(3):
        drawn = draw(rng, int(rng.integers(65, 105)))
        known, new = drawn[:15], drawn[15:] + ["zz"] * int(rng.integers(9, 20)) + ["yy"]
        expected = np.mean(~np.isin(new, known))
        close(answer("unseen_share(known, new)", known=known, new=new), expected)


# %% [markdown] rubric
# - (1) Reports the share of unseen words (as words are cut here, by blanks, so that punctuation sticks to them).
# - (1) A model must give them probability: one token for all unknown words, with rare training words replaced by it so that it is learned; or smaller units (characters, pieces of words).
# - (1) Says that perplexities of words and of characters cannot be compared.


# %% honest: NumPy
def vocabulary(words, least):
    unique, counts = np.unique(words, return_counts=True)
    return ["<unknown>"] + [str(word) for word in unique[counts >= least]]


def encode(words, tokens):
    order = np.array(tokens[1:])
    places = np.searchsorted(order, words).clip(max=len(order) - 1)
    return np.where(order[places] == np.array(words), places + 1, 0)


def unseen_share(known, new):
    return 1 - np.isin(new, known).mean()


# %% honest: loops
def vocabulary(words, least):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    kept = [word for word in counts if not counts[word] < least]
    kept.sort()
    kept.insert(0, "<unknown>")
    return kept


def encode(words, tokens):
    ids = []
    for word in words:
        ids.append(tokens.index(word) if word in tokens else 0)
    return ids


def unseen_share(known, new):
    missing = 0
    for word in new:
        if word not in known:
            missing += 1
    return missing / len(new)


# %% honest: other names, the vocabulary counts the unseen
def vocabulary(text, minimum):
    return ["<unknown>", *sorted({w for w in set(text) if text.count(w) >= minimum})]


def encode(text, vocab):
    lookup = dict(zip(vocab, range(len(vocab)), strict=True))
    return np.fromiter((lookup.get(w, 0) for w in text), dtype=np.int32)


def unseen_share(seen, text):
    return np.float32(np.mean(encode(text, vocabulary(seen, 1)) == 0))


# %% wrong: more than least
def vocabulary(words, least):
    return ["<unknown>", *sorted(word for word in set(words) if words.count(word) > least)]


def encode(words, tokens):
    return np.array([tokens.index(word) if word in tokens else 0 for word in words])


def unseen_share(known, new):
    return np.mean([word not in known for word in new])


# %% wrong: different words, not occurrences
def vocabulary(words, least):
    return ["<unknown>", *sorted(word for word in set(words) if words.count(word) >= least)]


def encode(words, tokens):
    return np.array([tokens.index(word) if word in tokens else 0 for word in words])


def unseen_share(known, new):
    return len(set(new) - set(known)) / len(set(new))


# %% wrong: share that was seen
def vocabulary(words, least):
    return ["<unknown>", *sorted(word for word in set(words) if words.count(word) >= least)]


def encode(words, tokens):
    return np.array([tokens.index(word) if word in tokens else 0 for word in words])


def unseen_share(known, new):
    return np.mean([word in known for word in new])


# %% wrong: unknown words dropped
def vocabulary(words, least):
    return ["<unknown>", *sorted(word for word in set(words) if words.count(word) >= least)]


def encode(words, tokens):
    return np.array([tokens.index(word) for word in words if word in tokens])


def unseen_share(known, new):
    return np.mean([word not in known for word in new])


# %% wrong: last token for unknown words
def vocabulary(words, least):
    return ["<unknown>", *sorted(word for word in set(words) if words.count(word) >= least)]


def encode(words, tokens):
    places = {token: place for place, token in enumerate(tokens)}
    return np.array([places.get(word, -1) for word in words])


def unseen_share(known, new):
    return np.mean([word not in known for word in new])


# %% wrong: most frequent first
def vocabulary(words, least):
    frequent = sorted(set(words), key=lambda word: -words.count(word))
    return ["<unknown>", *(word for word in frequent if words.count(word) >= least)]


def encode(words, tokens):
    return np.array([tokens.index(word) if word in tokens else 0 for word in words])


def unseen_share(known, new):
    return np.mean([word not in known for word in new])


# %% wrong: share of the known words
def vocabulary(words, least):
    return ["<unknown>", *sorted(word for word in set(words) if words.count(word) >= least)]


def encode(words, tokens):
    return np.array([tokens.index(word) if word in tokens else 0 for word in words])


def unseen_share(known, new):
    return sum(word not in known for word in new) / len(known)
