"""Train the large character model of chapter 13 and store its weights, in about three minutes.

    python tools/novelist.py

It learns from the first 80% of the novel, and prints its perplexity on the next 10% after each
pass. The last 10% is for the chapter.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book"))

from rnnlib import GRU, Embedding, Linear, softmax_cross_entropy
from rnnlib.datasets import english_text
from rnnlib.train import fit_stream, stream_perplexity

ROOT = Path(__file__).resolve().parents[1]
PATH = ROOT / "book" / "rnnlib" / "data" / "novelist.npz"
D, H, N_ROWS, WINDOW, RATES = 32, 192, 16, 48, np.geomspace(6e-3, 2e-4, 16)


def split():
    """Return the three parts of the novel as token ids, and the number of tokens."""
    chars, ids = np.unique(list(english_text()), return_inverse=True)
    return np.split(ids, [len(ids) * 8 // 10, len(ids) * 9 // 10]), len(chars)


def train(rates=RATES):
    """Train a new model, one pass for each rate; return embedding, layer and head."""
    rng = np.random.default_rng(13)
    (known, new, _), C = split()
    embedding = Embedding(C, D, rng=rng, dtype=np.float32)
    layer = GRU(D, H, rng=rng, dtype=np.float32)
    head = Linear(H, C, rng=rng, dtype=np.float32)
    for rate in rates:
        fit_stream(
            layer,
            head,
            known[:-1],
            known[1:],
            embedding=embedding,
            n_rows=N_ROWS,
            window=WINDOW,
            epochs=1,
            lr=rate,
            max_norm=1.0,
            loss=softmax_cross_entropy,
        )
        print(f"{stream_perplexity(layer, head, new, embedding=embedding):.3f}", flush=True)
    return embedding, layer, head


def store(parts, path):
    """Write the weights in half precision."""
    weights = {
        f"{name}_{key}": value.astype(np.float16)
        for name, part in zip(("embedding", "layer", "head"), parts, strict=True)
        for key, value in part.params.items()
    }
    np.savez_compressed(path, **weights)


if __name__ == "__main__":
    store(train(), PATH)
    print("now write its checksum into SHA256SUMS and book/data.md")
