"""Reading `files:`: only what the operator allowed, however a path is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import BadRequest
from ringfence_mcp import files as module
from ringfence_mcp.files import TextFile, as_sections, read_files, with_files

MARKER = "zebra-marker-4711"


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    folder = (tmp_path / "allowed").resolve()
    folder.mkdir()
    (folder / "note.txt").write_text("the note\n")
    (tmp_path / "secret.txt").write_text(MARKER)
    return folder


def test_a_file_is_read_by_its_whole_or_its_relative_path(allowed: Path) -> None:
    for path in (str(allowed / "note.txt"), "note.txt", "./x/../note.txt"):
        assert read_files([path], [allowed]) == (TextFile(name="note.txt", text="the note\n"),)


def test_a_relative_path_is_looked_for_in_each_folder(allowed: Path, tmp_path: Path) -> None:
    other = (tmp_path / "other").resolve()
    other.mkdir()
    (other / "b.txt").write_text("b")
    assert read_files(["b.txt"], [allowed, other]) == (TextFile(name="b.txt", text="b"),)


def test_without_a_folder_the_error_names_the_flag() -> None:
    with pytest.raises(BadRequest, match="--allow-dir"):
        read_files(["note.txt"], [])


@pytest.mark.parametrize(
    "path",
    ["../secret.txt", "../absent.txt", "/etc/hostname", "/etc/absent", "~/x", "~nobody-at-all/x"],
)
def test_a_path_outside_is_refused_alike_whether_it_exists_or_not(path: str, allowed: Path) -> None:
    with pytest.raises(BadRequest) as caught:
        read_files([path], [allowed])
    assert str(caught.value) == "/files/0: outside the folders given by --allow-dir"


def test_links_lead_nowhere_else(allowed: Path, tmp_path: Path) -> None:
    (allowed / "link.txt").symlink_to(tmp_path / "secret.txt")
    (allowed / "dir").symlink_to(tmp_path)
    (allowed / "loop").symlink_to(allowed / "loop")
    for path in ("link.txt", "dir/secret.txt", "loop"):
        with pytest.raises(BadRequest):
            read_files([path], [allowed])
    (allowed / "inner.txt").symlink_to(allowed / "note.txt")
    assert read_files(["inner.txt"], [allowed])[0].text == "the note\n"


def test_what_is_no_readable_text_file_is_refused(
    allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (allowed / "latin.txt").write_bytes(f"{MARKER} caf\xe9".encode("latin-1"))
    (allowed / "binary.txt").write_bytes(b"a\0b")
    os.mkfifo(allowed / "pipe")
    (allowed / "large.txt").write_text("x" * 101)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 100)
    expected = {
        "latin.txt": "not UTF-8 text",
        "binary.txt": "not a text file",
        "pipe": "not a file",
        ".": "not a file",
        "large.txt": "over 100 bytes",
        "absent.txt": "no such file",
    }
    for name, reason in expected.items():
        with pytest.raises(BadRequest, match=reason) as caught:
            read_files(["note.txt", name], [allowed])
        assert str(caught.value).startswith("/files/1: ")
        assert MARKER not in str(caught.value)


def test_a_link_put_in_place_of_the_file_after_it_was_judged_is_not_followed(
    allowed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, judged = os.open, allowed / "note.txt"

    def swap_then_open(path: Path, flags: int) -> int:
        judged.unlink()
        judged.symlink_to(tmp_path / "secret.txt")
        return real(path, flags)

    monkeypatch.setattr(module.os, "open", swap_then_open)
    with pytest.raises(BadRequest, match="cannot be read"):
        read_files(["note.txt"], [allowed])


NOTE = TextFile(name="note.txt", text="the note\n")
SECTION = "File `note.txt`:\n```\nthe note\n```"


def test_files_join_the_last_user_message() -> None:
    body = {
        "messages": [
            {"role": "user", "content": "first"},
            {"role": "user", "content": "second"},
            {"role": "assistant", "content": "yes?"},
        ]
    }
    joined = with_files(body, [NOTE])
    assert [message["content"] for message in joined["messages"]] == [
        "first",
        f"second\n\n{SECTION}",
        "yes?",
    ]
    assert body["messages"][1]["content"] == "second"


def test_files_join_content_parts_and_stand_alone_without_a_user_message() -> None:
    parts = [{"type": "text", "text": "look"}]
    joined = with_files({"messages": [{"role": "user", "content": parts}]}, [NOTE])
    assert joined["messages"][0]["content"] == [*parts, {"type": "text", "text": SECTION}]
    alone = with_files({"messages": [{"role": "system", "content": "be brief"}]}, [NOTE])
    assert alone["messages"][-1] == {"role": "user", "content": SECTION}
    assert with_files({"messages": []}, [NOTE])["messages"] == [
        {"role": "user", "content": SECTION}
    ]


@given(st.text(), st.text(min_size=1))
def test_a_file_cannot_end_its_own_section(text: str, name: str) -> None:
    section = as_sections([TextFile(name=name, text=text)])
    head, fence, *rest = section.split("\n")
    assert head.startswith("File `") and head.endswith("`:")
    assert set(fence) == {"`"} and len(fence) >= 3
    assert rest[-1] == fence
    assert text in section
    assert fence not in text
