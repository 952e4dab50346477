"""`ringfence estimate`: a request, a workload, and lines of requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]

WORKLOAD = {
    "sessions_per_day": 100,
    "mix": [
        {"share": 0.6, "task": "simple"},
        {"share": 0.4, "task": "standard", "labels": ["pii"]},
    ],
}


def test_a_request_is_estimated_on_each_model(run: Run, policy: MakePolicy) -> None:
    file = policy()
    found = json.loads(run("estimate", "--policy", file, "--text", "hello", "--json").stdout)
    assert found["chosen"]["model"] == "cloud-model"
    assert [row["model"] for row in found["models"]] == ["cloud-model", "local-model"]
    assert Decimal(found["chosen"]["usd"]["p50"]) <= Decimal(found["chosen"]["usd"]["p90"])
    table = run("estimate", "--policy", file, "--text", "hello")
    assert table.exit_code == 0
    row = next(line for line in table.stdout.splitlines() if "cloud-model" in line)
    assert row.startswith("→")
    assert "$0" in next(line for line in table.stdout.splitlines() if "local-model" in line)


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_workload_is_a_bill(run: Run, policy: MakePolicy, tmp_path: Path, wrapped: bool) -> None:
    file = tmp_path / "workload.json"
    file.write_text(json.dumps({"workload": WORKLOAD} if wrapped else WORKLOAD))
    result = run("estimate", "--policy", policy(), "--workload", file, "--json")
    found = json.loads(result.stdout)
    assert Decimal(found["monthly_usd"]) > 0
    assert [row["model"] for row in found["by_route"]] == ["cloud-model", "local-model"]
    text = run("estimate", "--policy", policy(), "--workload", file).stdout
    assert "a month" in text
    assert "all of it on" in text


def test_lines_are_estimated_in_order(run: Run, policy: MakePolicy) -> None:
    lines = [
        json.dumps({"id": f"r{n}", "messages": [{"role": "user", "content": "hello " * n}]})
        for n in (1, 50)
    ]
    result = run("estimate", "--policy", policy(), "--jsonl", "-", stdin="\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["request"]["id"] for answer in answers] == ["r1", "r50"]


@pytest.mark.parametrize(
    ("content", "said"),
    [('{"messages": []}', "not a request"), ('{"mix": []}', "/"), ("[]", "JSON object")],
)
def test_a_wrong_workload_is_bad_input(
    run: Run, policy: MakePolicy, content: str, said: str
) -> None:
    result = run("estimate", "--policy", policy(), "--workload", "-", stdin=content)
    assert result.exit_code == 2
    assert said in result.stderr
