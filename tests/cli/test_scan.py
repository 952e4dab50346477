"""`ringfence scan`: what the gate found and where, without the text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pdf_maker import make_pdf, show
from typer.testing import Result

from ringfence.cli.scanning import files_below, string_at

Run = Callable[..., Result]
MakePolicy = Callable[..., Path]


def test_a_text_is_told_by_line_and_column(run: Run, policy: MakePolicy, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("first line\nabout bluebird\n")
    result = run("scan", "--policy", policy(), file)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0].split() == ["labels", "confidential"]
    row = next(line for line in result.stdout.splitlines() if "CODENAME" in line)
    assert row.split()[:4] == ["2:7", "CODENAME", "confidential", "1.00"]
    assert "bluebird" not in result.stdout


def test_a_request_is_told_by_json_pointer(run: Run, policy: MakePolicy, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    messages = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "bluebird"}]
    file.write_text(json.dumps({"messages": messages}))
    found = json.loads(run("scan", "--policy", policy(), file, "--json").stdout)
    assert found["file"] == str(file)
    assert found["labels"] == ["confidential"]
    places = {(row["path"], row["start"], row["end"]) for row in found["findings"]}
    assert places == {("/messages/1/content", 0, 8)}
    assert not any("line" in row for row in found["findings"])


def test_json_without_messages_is_a_text(run: Run, policy: MakePolicy) -> None:
    found = json.loads(
        run("scan", "--policy", policy(), "-", "--json", stdin='{"x":\n "bluebird"}').stdout
    )
    [finding] = [row for row in found["findings"] if row["entity"] == "CODENAME"]
    assert (finding["line"], finding["column"]) == (2, 3)


def test_a_clean_text_has_no_labels(run: Run, policy: MakePolicy) -> None:
    result = run("scan", "--policy", policy(), "--text", "The sky is blue.")
    assert (result.exit_code, result.stdout) == (0, "labels  none\n")


def test_a_folder_is_scanned_whole_and_what_is_no_text_is_unread(
    run: Run, policy: MakePolicy, tmp_path: Path
) -> None:
    folder = tmp_path / "src"
    (folder / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("bluebird")
    (folder / "clean.py").write_text("print('hi')\n")
    (folder / "deep" / "plan.md").write_text("bluebird\n")
    (folder / "logo.png").write_bytes(b"\x89PNG\xff\xfe")
    found = json.loads(run("scan", "--policy", policy(), folder, "--json").stdout)
    assert found["labels"] == ["confidential", "unread"]
    assert [(Path(item["file"]).name, item["labels"]) for item in found["files"]] == [
        ("clean.py", []),
        ("logo.png", ["unread"]),
        ("plan.md", ["confidential"]),
    ]
    table = run("scan", "--policy", policy(), folder).stdout
    assert "clean.py" not in table
    assert table.splitlines()[-1] == "2 of 3 files carry labels"


def test_jsonl_gives_one_line_each(run: Run, policy: MakePolicy) -> None:
    lines = [
        json.dumps({"id": str(n), "messages": [{"role": "user", "content": text}]})
        for n, text in enumerate(["hello", "bluebird"])
    ]
    result = run("scan", "--policy", policy(), "--jsonl", "-", stdin="\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(answer["id"], answer["labels"]) for answer in answers] == [
        ("0", []),
        ("1", ["confidential"]),
    ]


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_the_text_is_never_shown_into_a_pipe(run: Run, policy: MakePolicy, more: list[str]) -> None:
    result = run("scan", "--policy", policy(), "--text", "bluebird", "--show-text", *more)
    assert result.exit_code == 2
    assert "to a terminal only" in result.stderr
    assert "bluebird" not in result.stdout


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("/a/0/b~1c", "deep"),
        ("/a/0/~0", "tilde"),
        ("/a/0", "0"),
        ("/a/9", ""),
        ("/nope/x", ""),
        ("", ""),
    ],
)
def test_a_json_pointer_leads_to_its_string_or_key(pointer: str, text: str) -> None:
    assert string_at({"a": [{"b/c": "deep", "~": "tilde"}]}, pointer) == text


def test_processes_give_what_one_gives_in_the_same_order(
    run: Run, policy: MakePolicy, tmp_path: Path
) -> None:
    rows = [
        {"id": str(n), "messages": [{"role": "user", "content": word}]}
        for n, word in enumerate(["hello", "bluebird", "more", "bluebird again"])
    ]
    file = tmp_path / "lines.jsonl"
    file.write_text("\n".join([*map(json.dumps, rows), "no json"]))
    one, two = (run("scan", "--policy", policy(), "--jsonl", file, "--jobs", jobs) for jobs in "12")
    assert one.exit_code == two.exit_code == 1
    assert one.stdout == two.stdout
    assert len(one.stdout.splitlines()) == 5


def test_a_utf_16_text_is_read(run: Run, policy: MakePolicy, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes("about bluebird".encode("utf-16"))
    result = run("scan", "--policy", policy(), file, "--json")
    assert json.loads(result.stdout)["labels"] == ["confidential"]


def test_a_folder_that_cannot_be_opened_is_unread(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    [link] = files_below(tmp_path)
    assert link.trouble.endswith("a link that leads nowhere")
    [missing] = files_below(tmp_path / "missing")
    assert "No such file" in missing.trouble


def test_a_pdf_is_opened_alone_and_in_a_folder(
    run: Run, policy: MakePolicy, tmp_path: Path
) -> None:
    (tmp_path / "plan.pdf").write_bytes(make_pdf(show("hello"), show("about bluebird")))
    alone = json.loads(run("scan", "--policy", policy(), tmp_path / "plan.pdf", "--json").stdout)
    assert alone["labels"] == ["confidential"]
    assert alone["findings"][0]["why"].endswith("(page 2)")
    found = json.loads(run("scan", "--policy", policy(), tmp_path, "--json").stdout)
    assert [item["labels"] for item in found["files"] if item["file"].endswith(".pdf")] == [
        ["confidential"]
    ]
