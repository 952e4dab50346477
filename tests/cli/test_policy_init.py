"""`ringfence policy init`: what this machine has goes into the policy, and what comes out loads, checks and routes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from typer.testing import Result

from ringfence.catalog import load_catalog
from ringfence.cli import found as found_module
from ringfence.cli.found import Found, look
from ringfence.cli.init import _shipped
from ringfence.cli.starter import fill_in, starter_tests
from ringfence.dispatch import local_servers
from ringfence.dispatch.local_servers import ServedModel, find_served
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer
from ringfence.rules import parse_policy
from ringfence.types import TaskKind

Run = Callable[..., Result]
OLLAMA = "http://127.0.0.1:11434"
GB = 10**9


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to write into, on a machine where no usual port is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(find_served, "__kwdefaults__", {"ollama": (), "openai": ()})
    return tmp_path


def filled(*served: ServedModel, keys: tuple[str, ...] = ()) -> str:
    found = Found(keys=dict.fromkeys(keys, "environment"), served=served)
    return fill_in(_shipped("default.yaml"), found, load_catalog())


def served(name: str, gb: int = 0, wire: str = "ollama", url: str = OLLAMA, **facts) -> ServedModel:
    return ServedModel(name=name, wire=wire, base_url=url, size=gb * GB, **facts)  # type: ignore[arg-type]


def routes(text: str) -> dict[str, list]:
    return yaml.safe_load(text)["routes"]


# -- the file


def test_with_nothing_found_the_guides_models_are_written(run: Run, folder: Path) -> None:
    result = run("policy", "init")
    assert result.exit_code == 0
    assert "no provider's key and no local server was found" in result.stdout
    assert (folder / "ringfence.yaml").read_text().endswith(_shipped("default.yaml"))


@pytest.mark.parametrize(
    "preset", ["hipaa", "gdpr", "pci", "glba", "sox", "privilege", "classified", "air-gapped"]
)
def test_a_preset_is_written_with_its_tests(run: Run, folder: Path, preset: str) -> None:
    assert run("policy", "init", "p.yaml", "--preset", preset, "--tests").exit_code == 0
    assert "in order" in run("policy", "check", "p.yaml", "--strict").stdout
    assert (folder / "p.test.yaml").read_text() == _shipped(f"{preset}.test.yaml")


def test_tests_find_a_policy_of_another_name(run: Run, folder: Path) -> None:
    assert run("policy", "init", "mine.yml", "--preset", "classified", "--tests").exit_code == 0
    assert yaml.safe_load((folder / "mine.test.yaml").read_text())["policy"] == "mine.yml"
    assert run("policy", "test", "mine.yml", "-k", "hard work on a spill").exit_code == 0


def test_the_schema_is_written_beside_it_for_editors(run: Run, folder: Path) -> None:
    assert run("policy", "init", "--schema").exit_code == 0
    first = (folder / "ringfence.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=ringfence.schema.json"
    assert json.loads((folder / "ringfence.schema.json").read_text())["title"] == "ringfence policy"


def test_the_first_line_leads_editors_to_the_shipped_schema(run: Run) -> None:
    first = run("policy", "init", "-").stdout.splitlines()[0]
    address = first.removeprefix("# yaml-language-server: $schema=")
    assert "$defs" in json.loads(Path(unquote(urlsplit(address).path)).read_text())


def test_no_file_is_written_where_one_exists(run: Run, folder: Path) -> None:
    (folder / "ringfence.test.yaml").symlink_to(folder / "elsewhere")
    result = run("policy", "init", "--tests")
    assert result.exit_code == 2
    assert "ringfence.test.yaml exists" in result.stderr
    assert not (folder / "ringfence.yaml").exists()
    assert not (folder / "elsewhere").exists()
    assert run("policy", "init", "-", "--tests").exit_code == 2


def test_a_key_and_a_server_are_found_and_filled_in(
    run: Run,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    ollama_server: ModelServer,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-one")
    monkeypatch.setattr(
        find_served, "__kwdefaults__", {"ollama": (ollama_server.port,), "openai": ()}
    )
    ollama_server.always(
        Reply(
            listed={"models": [{"name": "house:8b", "size": 5 * GB}]},
            show={"model_info": {"llama.context_length": 32768}},
        )
    )
    result = run("policy", "init", "--tests")
    assert "keys found: ANTHROPIC_API_KEY (environment)" in result.stdout
    assert f"local servers found: {ollama_server.url}" in result.stdout
    assert "not-a-real-one" not in result.stdout + (folder / "ringfence.yaml").read_text()
    checked = run("policy", "check", "ringfence.yaml", "--strict", "--probe")
    assert (checked.exit_code, "in order" in checked.stdout) == (0, True), checked.stdout
    tested = run("policy", "test", "ringfence.yaml", "--fail-under", "100")
    assert tested.exit_code == 0, tested.stdout
    route = run("route", "--policy", "ringfence.yaml", "--text", "Say hi.", "--json")
    assert json.loads(route.stdout)["model"] == "sonnet"


# -- what goes into it

WAYS = {
    "one key": (filled(keys=("ANTHROPIC_API_KEY",)), ["sonnet", "opus"], ["local-9b"]),
    "all keys": (
        filled(
            keys=(
                "ANTHROPIC_API_KEY",
                "GEMINI_API_KEY",
                "OPENAI_API_KEY",
                "XAI_API_KEY",
                "ZAI_API_KEY",
            )
        ),
        ["flash-lite", "grok-fast", "glm-5", "sonnet", "gemini-pro", "grok-reason", "opus", "gpt"],
        ["local-9b"],
    ),
    "the guide's local models": (
        filled(served("qwen3.5:72b", 45), served("qwen3.5:9b", 6)),
        [],
        ["local-9b", "local-72b"],
    ),
    "others": (
        filled(
            served("llama3.3:70b", 40, context_window=131072, tools=True),
            served("gemma3:12b", 8, vision=True),
            served("tiny:1b", 1),
            keys=("XAI_API_KEY",),
        ),
        ["grok-fast", "grok-reason"],
        ["gemma3-12b", "llama3.3-70b"],
    ),
    "small ones only": (filled(served("b:3b", 2), served("a:1b", 1)), [], ["b-3b"]),
    "a server of OpenAI's format": (
        filled(served("/srv/House Model.gguf", wire="openai", url="http://127.0.0.1:8080/v1")),
        [],
        ["srv-House-Model.gguf"],
    ),
    "a name of the guide's": (filled(served("opus", 9)), [], ["local-opus"]),
}


@pytest.mark.parametrize(("text", "clouds", "locals_"), WAYS.values(), ids=WAYS)
def test_whatever_is_found_the_policy_loads_checks_and_serves_every_kind(
    run: Run, folder: Path, text: str, clouds: list[str], locals_: list[str]
) -> None:
    policy = parse_policy(text)
    assert sorted(policy.models) == sorted([*clouds, *locals_])
    assert set(policy.document.routes) == set(TaskKind)
    for kind, route in policy.document.routes.items():
        last = route[-1]
        assert isinstance(last, str) and last in locals_, kind
        if clouds:
            assert route[0] not in locals_, kind
    (folder / "p.yaml").write_text(text)
    checked = run("policy", "check", "p.yaml", "--strict")
    assert checked.exit_code == 0, checked.stdout
    assert max(map(len, text.splitlines())) < 170


def test_a_row_without_its_own_models_gets_one_that_stands_in() -> None:
    table = routes(filled(keys=("ANTHROPIC_API_KEY",)))
    assert table["simple"] == ["sonnet", "local-9b"]  # the cheapest
    assert table["gui"] == ["opus", "local-9b"]  # the dearest
    assert table["long_context"] == ["opus", "local-9b"]  # the widest
    assert table["complex"] == ["opus", "local-9b"]  # the guide's own
    assert "the guide has gpt too: no key" in filled(keys=("ANTHROPIC_API_KEY",))


def test_groups_of_the_guide_stay_groups() -> None:
    table = routes(filled(keys=("GEMINI_API_KEY", "XAI_API_KEY")))
    assert table["simple"] == [["flash-lite", "grok-fast"], "local-9b"]


def test_hard_work_goes_to_the_larger_local_model_and_everyday_work_to_the_smaller() -> None:
    table = routes(filled(served("big:70b", 40), served("mid:8b", 5), served("tiny:1b", 1)))
    assert table["complex"] == ["big-70b", "mid-8b"]
    assert table["standard"] == ["mid-8b"]


def test_a_servers_name_for_a_model_cannot_write_a_line_of_the_policy() -> None:
    evil = 'x", locality: cloud}, y: {model: "openai/gpt-5.4"} # '
    policy = parse_policy(filled(served(evil, 9), served("b'}]: {{", 8)))
    assert len(policy.models) == 2
    assert policy.document.rules == ()
    assert policy.document.network.mode == "open"


def test_starter_tests_ask_for_every_kind() -> None:
    cases = yaml.safe_load(starter_tests(TaskKind))["cases"]
    assert {case["task"] for case in cases if "task" in case} == set(TaskKind)


# -- how it is found


def test_models_of_ollama_that_are_forwarded_or_no_chat_models_are_left_out(
    ollama_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    listed = [
        {"name": "a:8b", "size": 5},
        {"name": "b:cloud", "size": 5},
        {"name": "c", "size": 9, "remote_host": "https://ollama.com"},
        {"size": 1},
        {"name": "a\nnetwork: {mode: none}", "size": 9},
        "nonsense",
    ]
    info = {"llama.context_length": 4096, "x.context_length": "many"}
    ollama_server.always(Reply(listed={"models": listed}, show={"model_info": info}))
    assert find_served(ollama=(ollama_server.port,), openai=()) == (
        ServedModel(
            name="a:8b",
            wire="ollama",
            base_url=ollama_server.url,
            size=5,
            context_window=4096,
            tools=True,
        ),
    )
    ollama_server.always(Reply(listed={"models": listed}, show={"capabilities": ["embedding"]}))
    assert find_served(ollama=(ollama_server.port,), openai=()) == ()


def test_servers_of_openais_format_tell_their_window(openai_server: ModelServer) -> None:
    listed = [
        {"id": "a", "max_model_len": 32768},
        {"id": "b", "meta": {"n_ctx": 4096}},
        {"id": "c"},
    ]
    openai_server.always(Reply(listed={"data": [*listed, {"id": "text-embedder"}, {"id": 3}]}))
    found = find_served(ollama=(), openai=(openai_server.port,))
    assert [(model.name, model.context_window) for model in found] == [
        ("a", 32768),
        ("b", 4096),
        ("c", None),
    ]
    assert {model.base_url for model in found} == {openai_server.v1}


def test_only_loopback_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with local_servers._client() as client:
        assert local_servers._ask(client, "GET", "http://192.0.2.1/api/tags") == {}


def test_nothing_that_listens_is_nothing_found(make_server: Callable[[], ModelServer]) -> None:
    gone = make_server()
    gone.close()
    assert find_served(ollama=(gone.port,), openai=(gone.port,)) == ()


def test_a_keyring_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()
    monkeypatch.setattr(found_module, "PATIENCE_S", 0.05)
    monkeypatch.setattr("ringfence.credentials._system_keyring", never.wait)
    found = look(["A_KEY", "B_KEY"], {"A_KEY": "x"})
    never.set()
    assert found == Found(keys={"A_KEY": "environment"}, served=())
