"""The codes of `ringfence policy check`: what each means, why it matters, what to do. The texts are `codes.yaml`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

import yaml
from typing_extensions import override


class Severity(StrEnum):
    """A `warning` is to be changed or answered for; a `note` may well be meant."""

    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One kind of remark."""

    code: str
    severity: Severity
    title: str
    why: str
    remedy: str

    @override
    def __str__(self) -> str:
        return f"{self.code} ({self.severity}): {self.title}\n\n{self.why}\n\nWhat to do: {self.remedy}."


@cache
def codes() -> Mapping[str, Code]:
    """Every code, in order."""
    text = (resources.files("ringfence.review") / "codes.yaml").read_text(encoding="utf-8")
    return {
        code: Code(
            code=code,
            severity=Severity(entry["severity"]),
            title=entry["title"],
            why=entry["why"],
            remedy=entry["remedy"],
        )
        for code, entry in yaml.safe_load(text).items()
    }


_SECTIONS = {
    "RF1": "Models and routes",
    "RF2": "Rules",
    "RF3": "Money",
    "RF4": "What is looked for, and who may see it",
    "RF5": "Trust and the network",
}


def page() -> str:
    """docs/policy-findings.md."""
    lines = [
        "# What `ringfence policy check` finds",
        "",
        "Made of `policy/ringfence/review/codes.yaml` by `python -m ringfence.review.codes`. A **warning** is to be",
        "changed or answered for, and `--strict` fails on it; a **note** may well be meant. `ringfence policy check",
        "--explain RF101` prints an entry; `--ignore RF102` leaves a code out.",
    ]
    section = ""
    for code in codes().values():
        if section != (section := code.code[:3]):
            lines += ["", f"## {_SECTIONS[section]}"]
        remedy = code.remedy[0].upper() + code.remedy[1:]
        lines += [
            "",
            f"### {code.code} {code.title}",
            "",
            f"*{code.severity}.* {code.why} **{remedy}.**",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
