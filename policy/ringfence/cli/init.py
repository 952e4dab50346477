"""`ringfence policy init`: a commented policy to start from, a preset or the guide's with this machine's models."""

from __future__ import annotations

import json
import os
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli import output
from ringfence.errors import BadRequest

_SCHEMA_FILE = "ringfence.schema.json"
_NOTHING_FOUND = "no provider's key and no local server was found, so it names the guide's models\n"


def init(
    *,
    target: Annotated[str, typer.Argument(metavar="FILE|-")] = "ringfence.yaml",
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="NAME",
            help="Write this one as it is shipped; nothing is looked for.",
        ),
    ] = None,
    tests: Annotated[
        bool, typer.Option("--tests", help="Write NAME.test.yaml beside it, for 'policy test'.")
    ] = False,
    schema: Annotated[
        bool,
        typer.Option("--schema", help=f"Write {_SCHEMA_FILE} beside it, for editors elsewhere."),
    ] = False,
) -> None:
    """Write a commented policy to start from.

    It holds the guide's decision tree and routing table, with the models that you have keys or local servers for; the
    rest stay as comments. Keys are looked for in the environment and the keyring, servers on loopback: you are asked
    nothing, and nothing is sent. No file that exists is overwritten.

    Presets: air-gapped, classified, default, gdpr, glba, hipaa, pci, privilege, sox.

    Examples:
      ringfence policy init
      ringfence policy init - > policy.yaml
      ringfence policy init hospital.yaml --preset hipaa --tests
    """
    if target == "-" and (tests or schema):
        raise BadRequest("--tests and --schema write files beside the policy; name a file for it")
    path = Path(target)
    text, test_text, found = _texts(preset)
    where = _SCHEMA_FILE if schema else _shipped_schema()
    policy = f"# yaml-language-server: $schema={where}\n{text}" if where else text
    if target == "-":
        sys.stdout.write(policy)
        return
    files = {path: policy}
    if tests:
        files[_tests_of(path)] = _pointing(test_text, path)
    if schema:
        files[path.with_name(_SCHEMA_FILE)] = _schema_text()
    _write_new(files)
    _say(path, files, found)


def _texts(preset: str | None) -> tuple[str, str, str]:
    """The policy, its tests, and what was found, in words."""
    shipped = _shipped("default.yaml")
    if preset is not None:
        return _preset(preset), _shipped(f"{preset}.test.yaml"), ""
    from ringfence.catalog import load_catalog
    from ringfence.cli.found import look
    from ringfence.cli.starter import clouds_of, fill_in, starter_tests
    from ringfence.types import TaskKind

    catalog = load_catalog()
    variables = {cloud.variable for cloud in clouds_of(shipped, catalog)}
    found = look(variables, os.environ)
    if not found:
        return shipped, _shipped("default.test.yaml"), _NOTHING_FOUND
    return fill_in(shipped, found, catalog), starter_tests(TaskKind), found.in_words()


def _preset(name: str) -> str:
    folder = resources.files("ringfence.rules") / "presets"
    files = [entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")]
    known = sorted(file.removesuffix(".yaml") for file in files if ".test." not in file)
    if name not in known:
        raise BadRequest(f"--preset must be one of: {', '.join(known)}")
    return _shipped(f"{name}.yaml")


def _shipped(name: str) -> str:
    return (resources.files("ringfence.rules") / "presets" / name).read_text(encoding="utf-8")


def _shipped_schema() -> str:
    """Where editors find the schema of this version: a file of the package, as an address. Empty when it has none."""
    file = Path(str(resources.files("ringfence.rules") / "policy.schema.json"))
    return file.as_uri() if file.is_file() else ""


def _schema_text() -> str:
    from ringfence.rules.child_schema import json_schema

    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def _tests_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".yml").removesuffix(".yaml") + ".test.yaml")


def _pointing(tests: str, path: Path) -> str:
    """The tests, naming their policy where its name is not what they would take it to be."""
    if path.suffix == ".yaml":
        return tests
    return tests.replace("tests: 1\n", f"tests: 1\npolicy: {json.dumps(path.name)}\n", 1)


def _write_new(files: dict[Path, str]) -> None:
    """Write files that do not exist yet, following no link; none is written where one exists."""
    for path in files:
        if os.path.lexists(path):
            raise BadRequest(
                f"{path} exists and is left as it is; name another file, or - for stdout"
            )
    for path, text in files.items():
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise BadRequest(f"{path}: cannot be written ({reason})") from None


def _say(path: Path, files: dict[Path, str], found: str) -> None:
    output.print_text(
        f"wrote {', '.join(str(file) for file in files)}\n"
        f"{found}"
        f"next: ringfence policy check {path}\n"
        f"      ringfence doctor --policy {path}\n"
        f"      export RINGFENCE_POLICY={path.resolve()}\n"
    )
