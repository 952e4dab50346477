"""What the rules of a policy cost: to load, and to ask for one decision, beside other policy languages.

    python benchmarks/policy.py [--requests 40] [--json]

The same rules in each language, the same requests, in turns and in one process: ours by its index, ours with every
rule asked, casbin, cel-python, and common-expression-language. The last three run where they are installed beside
ringfence (benchmarks/requirements-peers.txt names them); the rest runs without. With each request the answers
are compared: the names of all rules that match, and for casbin, which stops there, of the first. Each contender is
asked twice and the faster counts, so that none pays for the caches that the one before it filled.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from policy_peers import Rule, Subject, peers

from ringfence.request import Caller, Request
from ringfence.rules import Facts, Policy, parse_policy
from ringfence.rules.conditions import Predicate, rule_predicate
from ringfence.types import TaskKind

COUNTS = (10, 100, 1000)
HEAD = """\
ringfence: 1
name: benchmark
models: {local: {model: ollama_chat/qwen3.5:9b}}
routes: {simple: [local]}
rules:
"""
PROSE = "The delivery of the order arrived on Tuesday and two of the boxes were damaged, said the note. "


def rule(number: int) -> Rule:
    """One rule in our words and in those of CEL and casbin; eight kinds take turns."""
    n = str(number)
    ours, cel, casbin = (
        ("{caller.team: teamN}", "team == 'teamN'", "r.sub.team == 'teamN'"),
        (
            "{metadata: {project: pN}}",
            "project == 'pN'",
            "r.sub.project == 'pN'",
        ),
        (
            "{caller.user: uN, tokens: {above: 500}}",
            "user == 'uN' && tokens > 500",
            "r.sub.user == 'uN' && r.sub.tokens > 500",
        ),
        ("{tools: toolN}", "'toolN' in tools", "'toolN' in r.sub.tools"),
        (
            "{caller.team: [teamN, aN, bN], labels: pii}",
            "team in ['teamN', 'aN', 'bN'] && 'pii' in labels",
            "r.sub.team in ('teamN', 'aN', 'bN') && 'pii' in r.sub.labels",
        ),
        (
            "{any: [{caller.user: uN}, {metadata: {project: pN}}]}",
            "user == 'uN' || project == 'pN'",
            "r.sub.user == 'uN' || r.sub.project == 'pN'",
        ),
        (
            "{caller.team: 'teamN*', not: {labels: phi}}",
            "team.startsWith('teamN') && !('phi' in labels)",
            "r.sub.team.startswith('teamN') && 'phi' not in r.sub.labels",
        ),
        (
            "{text: codeword N of ours}",
            "text.contains('codeword N of ours')",
            "'codeword N of ours' in r.sub.text",
        ),
    )[number % 8]
    return Rule(
        name=f"r{n}",
        ours=ours.replace("N", n),
        cel=cel.replace("N", n),
        casbin=casbin.replace("N", n),
    )


def subject(rng: random.Random, rules: int) -> Subject:
    """Who asks for what. Most requests meet a rule or two, as real ones do."""
    n = rng.randrange(rules)
    said = f"codeword {n} of ours. " if rng.random() < 0.3 else ""
    return Subject(
        team=f"team{rng.randrange(rules)}",
        user=f"u{n}",
        project=f"p{rng.randrange(rules)}",
        tools=(f"tool{rng.randrange(rules)}", "browse"),
        labels=tuple(rng.sample(("pii", "phi", "pci"), rng.randrange(3))),
        tokens=rng.choice((200, 800)),
        text=(said + PROSE * 11)[:1024].lower(),
    )


def facts_of(request: Request, subject: Subject) -> Facts:
    return Facts(request, labels=subject.labels, task=TaskKind.SIMPLE, tokens=subject.tokens)


def request_of(subject: Subject) -> Request:
    tools = [{"type": "function", "function": {"name": name}} for name in subject.tools]
    return Request.from_text(
        subject.text,
        caller=Caller(team=subject.team, user=subject.user),
        metadata={"project": subject.project},
        tools=tools,
    )


def by_index(policy: Policy, request: Request, subject: Subject) -> list[str]:
    return [rule.name for rule in policy.rules.matching(facts_of(request, subject))]


def one_by_one(case: Case, request: Request, subject: Subject) -> list[str]:
    facts = facts_of(request, subject)
    return [name for name, predicate in case.predicates if predicate(facts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Some rules, loaded in every language, and the requests that are asked of them."""

    policy: Policy
    predicates: Sequence[tuple[str, Predicate]]
    """Our rules without the index."""
    loaded: dict[str, Callable[[Subject], list[str]]]
    load_ms: dict[str, float]
    subjects: Sequence[Subject]
    firsts: frozenset[str]
    """Peers that say only the first rule that matches."""


def case_of(count: int, requests: int) -> Case:
    rules = [rule(number) for number in range(count)]
    text = HEAD + "".join(
        f"  - {{name: {r.name}, when: {r.ours}, forbid: [cloud]}}\n" for r in rules
    )
    policy, spent = timed(lambda: parse_policy(text), turns=5)
    load_ms = {"ours": spent}
    loaded: dict[str, Callable[[Subject], list[str]]] = {}
    for name, peer in peers().items():
        loaded[name], load_ms[name] = timed(lambda peer=peer: peer.load(rules))
    rng = random.Random(count)
    return Case(
        policy=policy,
        predicates=[(r.name, rule_predicate(r, {})) for r in policy.rules.rules],
        loaded=loaded,
        load_ms=load_ms,
        subjects=[subject(rng, count) for _ in range(requests)],
        firsts=frozenset(name for name, peer in peers().items() if peer.first_only),
    )


def timed(work: Callable[[], Any], turns: int = 1) -> tuple[Any, float]:
    """What the work gives, and the milliseconds of its fastest turn."""
    best = float("inf")
    for _ in range(turns):
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
    return result, best * 1000


def measure(case: Case) -> dict[str, list[float]]:
    """Contender → microseconds of each decision. Stops where two answers differ."""
    times: dict[str, list[float]] = {}
    for each in case.subjects:
        request = request_of(each)
        contenders: dict[str, Callable[[], list[str]]] = {
            "ours": lambda request=request, each=each: by_index(case.policy, request, each),
            "ours, every rule": lambda request=request, each=each: one_by_one(case, request, each),
            **{name: lambda ask=ask, each=each: ask(each) for name, ask in case.loaded.items()},
        }
        expected = contenders["ours, every rule"]()
        for name, contender in contenders.items():
            answer, spent = timed(contender, turns=2)
            if answer != (expected[:1] if name in case.firsts else expected):
                raise SystemExit(f"{name} gives other rules than ours: {answer}, not {expected}")
            times.setdefault(name, []).append(spent * 1000)
    return times


def summary(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    base = statistics.median(times["ours"])
    return {
        name: {
            "p50_us": round(statistics.median(values), 1),
            "p95_us": round(statistics.quantiles(values, n=20)[-1], 1),
            "ratio": round(statistics.median(values) / base, 1),
        }
        for name, values in times.items()
    }


def show(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=100)
    for count, rows in result["rules"].items():
        table = Table(title=f"{count} rules, {result['requests']} requests")
        for column in ("", "load ms", "p50 µs", "p95 µs", "ratio of p50"):
            table.add_column(column, justify="left" if not column else "right", no_wrap=True)
        for name, row in rows["decisions"].items():
            load = rows["load_ms"].get(name)
            table.add_row(
                name,
                f"{load:.1f}" if load is not None else "",
                f"{row['p50_us']:.1f}",
                f"{row['p95_us']:.1f}",
                f"{row['ratio']:.1f}",
            )
        console.print(table)
    missing = sorted({"casbin", "cel-python", "common-expression-language"} - set(peers()))
    print("all gave the same rules for every request; casbin says only the first")
    print(
        "load: of the whole policy file, faults with their lines; of the peers, their expressions"
    )
    if missing:
        print(f"not installed: {', '.join(missing)} (see benchmarks/requirements-peers.txt)")


def main() -> None:
    parser = argparse.ArgumentParser(description="What the rules of a policy cost.")
    parser.add_argument("--requests", type=int, default=40, help="how many (default 40)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    arguments = parser.parse_args()
    parse_policy(HEAD + "  - {name: warm, deny: not now}\n")
    rules = {}
    for count in COUNTS:
        case = case_of(count, arguments.requests)
        rules[count] = {"load_ms": case.load_ms, "decisions": summary(measure(case))}
    result = {"requests": arguments.requests, "cpus": os.cpu_count(), "rules": rules}
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
