"""Tools for a model without native tool calls, measured on the embedded model: `tools: constrained`.

    python benchmarks/constrained.py [--seeds 3] [--json]

Each case is a question, a `tool_choice` and a seed, sampled warm. Counted: answers that parse (a tool call whose
arguments fit the tool's schema by name, or words), choices that were honoured, and requests in which every tool that
`tool_choice` lets the model use was written out. Of 135M parameters, so what it chooses says nothing of quality.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from dispatch_bench import Bench

from ringfence.dispatch.calls import Call, Piece, Wire
from ringfence.errors import RingfenceError
from ringfence.types import Answer


def tool(name: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
TOOLS = [
    tool("weather", city=TEXT, unit={"enum": ["C", "F"]}),
    tool("add", numbers={"type": "array", "items": NUMBER}),
    tool("search", query=TEXT, limit={"type": "integer"}),
    tool("book", trip={"type": "object", "properties": {"to": TEXT}, "required": ["to"]}),
    tool("stop_everything"),
]
QUESTIONS = (
    "What is the weather in Paris?",
    "Add 2, 3 and 4.",
    "Hello there!",
    'Écris 你好 \\ " {\n}',
    "Book me a trip to Rome, and search for hotels there.",
    "x " * 60,
)
CHOICES = ("auto", "required", "none", "weather", "book", "stop_everything")


class Listening(Wire):
    """Passes calls on and keeps what was asked."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.asked: list[Call] = []

    def send(self, call: Call) -> AsyncGenerator[Piece, None]:
        self.asked.append(call)
        return self._wire.send(call)


def parses(answer: Answer) -> bool:
    for call in answer.tool_calls:
        named = next((t["function"] for t in TOOLS if t["function"]["name"] == call.name), None)
        if named is None or set(json.loads(call.arguments)) != set(named["parameters"]["required"]):
            return False
    return bool(answer.tool_calls or answer.text)


def honours(choice: str, answer: Answer) -> bool:
    names = [call.name for call in answer.tool_calls]
    if choice in ("auto", "none"):
        return not names or choice == "auto"
    return bool(names) and (choice == "required" or names == [choice])


def writes_out(choice: str, call: Call) -> bool:
    wanted = [t["function"]["name"] for t in TOOLS]
    if choice == "none":
        return True
    if choice not in ("auto", "required"):
        wanted = [choice]
    system = str(call.messages[0]["content"])
    return all(f'"name": "{name}"' in system and name in str(call.schema) for name in wanted)


async def measure(seeds: int) -> dict[str, Any]:
    bench = Bench({"tiny": {"model": "embedded/smollm2-135m"}}, fallback={"deadline_s": 600})
    wires: Any = bench.dispatcher._wires
    listening = Listening(wires["embedded"])
    wires["embedded"] = listening
    counts = dict.fromkeys(("cases", "parse", "choice honoured", "tools all written out"), 0)
    failed = []
    for choice in CHOICES:
        named: Any = {"type": "function", "function": {"name": choice}}
        for question in QUESTIONS:
            for seed in range(seeds):
                counts["cases"] += 1
                request = {
                    "messages": [{"role": "user", "content": question}],
                    "tools": TOOLS,
                    "tool_choice": choice if choice in ("auto", "required", "none") else named,
                    "params": {"seed": seed, "temperature": 0.8},
                }
                try:
                    answer = (await bench.ask(request, limit=48)).answer
                except RingfenceError as error:
                    failed.append(f"{choice}, seed {seed}: {error}")
                    continue
                counts["parse"] += parses(answer)
                counts["choice honoured"] += honours(choice, answer)
                counts["tools all written out"] += writes_out(choice, listening.asked[-1])
    await bench.dispatcher.aclose()
    return {**counts, "failed": failed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = asyncio.run(measure(args.seeds))
    if args.json:
        print(json.dumps(found))
    else:
        for key in ("parse", "choice honoured", "tools all written out"):
            print(f"{key:24} {found[key]} of {found['cases']}")
        for line in found["failed"]:
            print(line)
    whole = all(found[key] == found["cases"] for key in list(found)[:4])
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
