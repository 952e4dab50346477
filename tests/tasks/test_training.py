"""The shipped model: its size, what it says of its training, and that training gives the same bytes each time."""

import hashlib
from importlib.resources import files
from itertools import islice
from pathlib import Path

from ringfence.tasks.compose import compose
from ringfence.tasks.model import KINDS, built_in, decode
from ringfence.tasks.train import by_wording, example, pack, train
from ringfence.tasks.words import shipped

TEXTS = Path(__file__).parents[2] / "benchmarks" / "training"
DATA = files("ringfence.tasks").joinpath("data")


def test_the_shipped_files_are_small_enough_to_ship() -> None:
    size = sum(len(DATA.joinpath(name).read_bytes()) for name in ("model.bin", "words.bin"))
    assert size <= 5 * 1024 * 1024


def test_the_model_names_its_data_and_was_trained_on_the_texts_that_stand_here() -> None:
    header = built_in().header
    assert header["data"]["routing_dev.jsonl"].startswith("sha256:")
    assert {"webarena", "own/simple/logs"} <= set(header["sources"])
    for path in sorted(TEXTS.glob("*.yaml")):
        digest = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
        assert header["data"][path.name] == digest, (
            "texts changed: train again (docs/classifier.md)"
        )


def test_the_word_vectors_name_what_they_were_made_from() -> None:
    assert "MiniLM" in shipped().header["made_from"]
    assert len(shipped().index) == shipped().header["count"]


def test_our_texts_are_drawn_the_same_way_every_time() -> None:
    first, second = (list(islice(compose(TEXTS), 300)) for _ in range(2))
    assert first == second


def test_training_twice_gives_the_same_bytes_and_they_read_back() -> None:
    rows = [row for index, row in enumerate(compose(TEXTS)) if index % 40 == 0]
    examples = by_wording([example(row) for row in rows])
    first, second = (pack(train(examples), {"examples": len(examples)}) for _ in range(2))
    assert first == second
    odds = decode(first).probabilities("what's the weather in Lisbon right now", length=38)
    assert len(odds) == len(KINDS)
    assert abs(sum(odds) - 1) < 1e-6


def test_no_text_of_ours_has_an_unfilled_slot() -> None:
    for row in compose(TEXTS):
        for message in row["messages"]:
            assert "{name}" not in message["content"]
            assert "{num}" not in message["content"]
