"""`ringfence scan --eval`: rates and intervals on labelled rows, and ids at most of what was judged wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from ringfence.cli.evaluation import Judged, Rate, Row, Tally, wilson
from ringfence.errors import BadRequest

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]

ROWS: list[dict[str, Any]] = [
    {"id": "a", "label": "sensitive", "kinds": ["codename"], "source": "wiki", "text": "bluebird"},
    {"id": "b", "label": "sensitive", "kinds": ["codename"], "source": "mail", "text": "b-l-u-e"},
    {"id": "c", "label": "clean", "source": "wiki", "text": "The sky is wide."},
    {"id": "d", "label": "clean", "source": "mail", "text": "the bluebird is a bird"},
    {"label": "clean", "messages": [{"role": "user", "content": "good morning"}]},
]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    file = tmp_path / "labelled.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in ROWS))
    return file


@pytest.mark.parametrize(
    ("wrong", "total", "low", "high"),
    [  # worked out by hand; the middle ones stand in textbooks
        (0, 10, 0.0, 0.277533),
        (1, 10, 0.017876, 0.404150),
        (5, 10, 0.236593, 0.763407),
        (24, 2039, 0.007923, 0.017448),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_wilson_interval_is_the_one_of_the_books(
    wrong: int, total: int, low: float, high: float
) -> None:
    assert wilson(wrong, total) == pytest.approx((low, high), abs=2e-5)


@given(total=st.integers(1, 10_000), data=st.data())
def test_the_interval_holds_the_share_and_stays_a_share(total: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(0, total))
    low, high = wilson(wrong, total)
    assert 0 <= low <= wrong / total + 1e-12
    assert wrong / total - 1e-12 <= high <= 1


def test_rates_are_counted_by_kind_and_source(run: Run, policy: MakePolicy, labelled: Path) -> None:
    found = json.loads(run("scan", "--policy", policy(), "--eval", labelled, "--json").stdout)
    counts = {
        group["name"]: tuple(
            (group[rate]["wrong"], group[rate]["total"]) for rate in ("leak", "false_alarm")
        )
        for group in [{"name": "all", **found}, *found["kinds"], *found["sources"]]
    }
    assert counts == {
        "all": ((1, 2), (1, 3)),
        "codename": ((1, 2), (0, 0)),
        "mail": ((1, 1), (1, 1)),
        "wiki": ((0, 1), (0, 1)),
    }
    assert found["false_alarms_by_recognizer"] == {"custom:CODENAME": 1}
    assert "leaks" not in found
    assert found["errors"] == []


def test_ids_of_the_wrong_rows_come_when_asked_and_never_texts(
    run: Run, policy: MakePolicy, labelled: Path
) -> None:
    options = ("scan", "--policy", policy(), "--eval", labelled, "--ids")
    found = json.loads(run(*options, "--json").stdout)
    assert [row["id"] for row in found["leaks"]] == ["b"]
    assert [(row["id"], row["recognizers"]) for row in found["false_alarms"]] == [
        ("d", ["custom:CODENAME"])
    ]
    table = run(*options).stdout
    assert "bird" not in table
    assert table.splitlines()[0].split("  ")[0] == "sensitive"
    assert any(line.split()[:2] == ["b", "codename"] for line in table.splitlines())


def test_a_row_without_an_id_is_called_by_its_line(
    run: Run, policy: MakePolicy, tmp_path: Path
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('\n{"label": "clean", "text": "bluebird"}\n')
    found = json.loads(run("scan", "--policy", policy(), "--eval", file, "--ids", "--json").stdout)
    assert [row["id"] for row in found["false_alarms"]] == ["line 2"]


def test_a_bad_row_is_told_and_the_others_count(run: Run, policy: MakePolicy) -> None:
    lines = [*map(json.dumps, ROWS), "bluebird", '{"label": "maybe", "text": "bluebird"}']
    options = ("scan", "--policy", policy(), "--eval", "-")
    result = run(*options, stdin="\n".join(lines))
    assert result.exit_code == 1
    assert "line 6: not JSON at line 1" in result.stderr
    assert "line 7: 'label' must be sensitive or clean" in result.stderr
    assert "bluebird" not in result.output
    found = json.loads(run(*options, "--json", stdin="\n".join(lines)).stdout)
    assert [error["line"] for error in found["errors"]] == [6, 7]
    assert found["leak"]["total"] == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"label": "clean"}, "either 'text' or 'messages'"),
        ({"label": "clean", "text": "x", "messages": []}, "either 'text' or 'messages'"),
        ({"label": "clean", "text": 7}, "'text' must be a string"),
        ({"label": "clean", "text": "x", "kinds": "iban"}, "'kinds' must be a list"),
        ({"label": "clean", "text": "x", "source": 3}, "'source' must be a string"),
        ({"label": "clean", "text": "x", "id": []}, "'id' must be"),
    ],
)
def test_a_row_of_another_shape_is_refused(row: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        Row.parse(row, default_id="line 1")


def test_an_empty_group_has_no_rate() -> None:
    tally = Tally()
    tally.add(Judged(id="1", sensitive=True, labelled=True))
    assert str(tally.false_alarm()) == "–"
    assert str(tally.leak()) == "0.0 % [0.0–79.3]"
    assert Rate(wrong=0, total=0).to_dict()["rate"] is None


def test_eval_takes_nothing_beside_it(run: Run, policy: MakePolicy, labelled: Path) -> None:
    for more in (["--text", "x"], ["--jsonl", "-"], ["-"]):
        assert run("scan", "--policy", policy(), "--eval", labelled, *more).exit_code == 2
    assert run("scan", "--policy", policy(), "--ids", "-", stdin="x").exit_code == 2
