"""The caller is a recipient too (I1): what a file holds comes back only as far as the policy's `callers:` says."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from ringfence_mcp.recipient import FileLabels, Grant, Outbox, OutboxError

ANSWER = "zebra-answer about the patient"
FILE_TEXT = (
    "Patient: Margaret Ellison, MRN 00482913, SSN 536-90-4399, m.ellison@example.org. zebra-content"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "patient.txt").write_text(FILE_TEXT)
    (folder / "recipe.txt").write_text("Boil the pasta for nine minutes. zebra-content")
    return folder


@pytest.fixture
def outbox(isolated: Path) -> Path:
    return isolated / ".local/share/ringfence/withheld"


def grant(policy: Path, **callers: Any) -> None:
    document = yaml.safe_load(policy.read_text())
    document["callers"] = {
        name: {"clearance": clearance, "because": "a test"} for name, clearance in callers.items()
    }
    policy.write_text(yaml.safe_dump(document, sort_keys=False))


async def ask(connect: Any, policy: Path, folder: Path, *flags: object, **arguments: Any) -> Any:
    asked = {"prompt": "Summarise the file.", "files": ["patient.txt"], **arguments}
    async with connect("--policy", policy, "--allow-dir", folder, *flags) as session:
        return await session.call_tool("route_and_complete", asked)


@pytest.mark.invariant("I1")
async def test_the_answer_to_a_labelled_file_is_kept_from_the_caller(
    connect: Any,
    split_policy: Path,
    cloud: Any,
    local_server: Any,
    reply: Any,
    folder: Path,
    outbox: Path,
) -> None:
    local_server.always(reply(text=ANSWER))
    result = await ask(connect, split_policy, folder)
    answer = result.structuredContent
    assert not result.isError
    assert (answer["text"], answer["tool_calls"], answer["parsed"]) == (None, [], None)
    assert answer["model"] == "local-model"
    assert "pii" in answer["withheld"]["labels"]
    assert answer["withheld"]["characters"] == len(ANSWER)
    path = Path(answer["withheld"]["path"])
    assert path.parent == outbox
    assert path.read_text() == ANSWER
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(outbox.stat().st_mode) == 0o700
    for secret in ("zebra", "Ellison", "00482913", "536-90"):
        assert secret not in result.model_dump_json()
    assert FILE_TEXT in local_server.requests[-1].json["messages"][-1]["content"]
    assert cloud.received == b""


async def test_tool_calls_and_structured_answers_are_kept_back_too(
    connect: Any, split_policy: Path, local_server: Any, reply: Any, folder: Path
) -> None:
    local_server.always(reply(text="", tool_calls=(("note", {"name": ANSWER}),)))
    tool = {"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}
    result = await ask(connect, split_policy, folder, tools=[tool])
    assert "zebra" not in result.model_dump_json()
    assert result.structuredContent["withheld"]["tool_calls"] == 1
    kept = json.loads(Path(result.structuredContent["withheld"]["path"]).read_text())
    assert ANSWER in kept["tool_calls"][0]["function"]["arguments"]

    local_server.always(reply(text=json.dumps({"name": ANSWER})))
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    result = await ask(connect, split_policy, folder, response_schema=schema)
    assert "zebra" not in result.model_dump_json()
    assert json.loads(Path(result.structuredContent["withheld"]["path"]).read_text())["parsed"] == {
        "name": ANSWER
    }


@pytest.mark.invariant("I1")
async def test_the_same_labels_inline_buy_no_look_into_the_file(
    connect: Any, split_policy: Path, local_server: Any, reply: Any, folder: Path
) -> None:
    """Else a caller would only have to add a made-up name and number of its own to read any file."""
    local_server.always(reply(text=ANSWER))
    prompt = (
        "Patient: Joe Bloggs, MRN 11873920, SSN 536-90-4398, j@example.org. Summarise the file."
    )
    result = await ask(connect, split_policy, folder, prompt=prompt)
    assert "withheld" in result.structuredContent
    assert "zebra" not in result.model_dump_json()


@pytest.mark.invariant("I1")
async def test_labels_that_a_file_left_on_a_conversation_buy_none_either(
    connect: Any, split_policy: Path, local_server: Any, reply: Any, folder: Path
) -> None:
    local_server.always(reply(text=ANSWER))
    asked = {"prompt": "Summarise.", "files": ["patient.txt"], "conversation_id": "c1"}
    async with connect("--policy", split_policy, "--allow-dir", folder) as session:
        for _ in range(2):
            result = await session.call_tool("route_and_complete", asked)
            assert "withheld" in result.structuredContent


async def test_an_unlabelled_file_comes_back_inline(
    connect: Any, split_policy: Path, cloud: Any, reply: Any, folder: Path, outbox: Path
) -> None:
    cloud.always(reply(text=ANSWER))
    result = await ask(connect, split_policy, folder, files=["recipe.txt"])
    assert result.structuredContent["text"] == ANSWER
    assert "withheld" not in result.structuredContent
    assert not outbox.exists()


@pytest.mark.invariant("I1")
async def test_a_granted_caller_reads_what_it_is_cleared_for_and_no_other_does(
    connect: Any, split_policy: Path, local_server: Any, reply: Any, folder: Path
) -> None:
    local_server.always(reply(text=ANSWER))
    grant(split_policy, desk="all", half=["pci"])
    cleared = await ask(connect, split_policy, folder, "--caller", "desk")
    assert cleared.structuredContent["text"] == ANSWER
    other = await ask(connect, split_policy, folder, "--caller", "half")
    assert "withheld" in other.structuredContent


async def test_the_out_dir_must_be_closed_to_others_before_a_model_is_asked(
    connect: Any, text_of: Any, split_policy: Path, local_server: Any, folder: Path, tmp_path: Path
) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir(mode=0o755)
    result = await ask(connect, split_policy, folder, "--out-dir", open_folder)
    assert result.isError
    assert text_of(result).startswith("outbox_error: ") and f"chmod 700 {open_folder}" in text_of(
        result
    )
    assert local_server.received == b""
    open_folder.chmod(0o700)
    result = await ask(connect, split_policy, folder, "--out-dir", open_folder)
    assert Path(result.structuredContent["withheld"]["path"]).parent == open_folder


@pytest.mark.invariant("I1")
async def test_dry_runs_and_estimates_of_a_file_hold_none_of_it(
    connect: Any, split_policy: Path, cloud: Any, local_server: Any, folder: Path
) -> None:
    asked = {"prompt": "Summarise the file.", "files": ["patient.txt"]}
    async with connect("--policy", split_policy, "--allow-dir", folder) as session:
        results = [
            await session.call_tool("route_and_complete", {**asked, "dry_run": True}),
            await session.call_tool("explain_route", asked),
            await session.call_tool("estimate_cost", asked),
        ]
    for result in results:
        assert not result.isError
        for secret in ("zebra", "Ellison", "00482913", "536-90"):
            assert secret not in result.model_dump_json()
    assert results[0].structuredContent["findings"]
    assert cloud.received == local_server.received == b""


async def test_files_without_a_folder_name_the_flag(
    connect: Any, text_of: Any, split_policy: Path
) -> None:
    async with connect("--policy", split_policy) as session:
        result = await session.call_tool(
            "route_and_complete", {"prompt": "a", "files": ["/etc/hostname"]}
        )
    assert result.isError
    assert text_of(result).startswith("bad_request: /files: ") and "--allow-dir" in text_of(result)


def test_a_grant_of_all_covers_labels_not_yet_invented_and_never_unscanned() -> None:
    assert Grant(everything=True).missing(frozenset({"pii", "invented", "unscanned"})) == (
        "unscanned",
    )
    assert Grant(labels=frozenset({"pii", "unscanned"})).missing(
        frozenset({"pii", "unscanned"})
    ) == ("unscanned",)
    assert Grant().missing(frozenset({"phi", "pii"})) == ("phi", "pii")


def test_a_label_that_only_the_whole_carries_counts_as_the_files() -> None:
    labels = FileLabels(files=frozenset({"pii"}), inline=frozenset({"pci"}))
    assert labels.pointed_at(["pci", "phi", "pii"]) == {"pii", "phi"}


def test_an_outbox_that_is_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").touch()
    for name in ("link", "file"):
        with pytest.raises(OutboxError, match="--out-dir"):
            Outbox(tmp_path / name).prepare()


def test_the_folder_is_made_closed_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Outbox(tmp_path / "a" / "b").prepare()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
