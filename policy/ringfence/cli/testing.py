"""`ringfence policy test`: which files of cases, run in how many processes, and shown how."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.cli import output
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.review.coverage import Coverage
    from ringfence.review.testing import Result

PAYS_FROM = 200
"""Cases from which more processes are worth the seconds that each takes to load the model of names."""
MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One file of cases, run."""

    file: str
    policy: str
    results: tuple[Result, ...]
    coverage: Coverage

    def to_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "policy": self.policy,
            "passed": sum(result.passed for result in self.results),
            "failed": sum(not result.passed for result in self.results),
            "cases": [result.to_dict() for result in self.results],
            "coverage": self.coverage.to_dict(),
        }


def files_of(target: str | None, env: Mapping[str, str]) -> list[Path]:
    """The files of cases that a verb was given: one, one beside a policy, or all below a folder.

    Raises:
        BadRequest: when there is none.
    """
    from ringfence.review.case_file import SUFFIX
    from ringfence.rules import find_policy

    path = find_policy(target, env)
    if path.is_dir():
        found = sorted(path.rglob(f"*{SUFFIX}"))
    elif path.name.endswith(SUFFIX):
        return [path]
    else:
        beside = path.with_name(path.name.removesuffix(".yml").removesuffix(".yaml") + SUFFIX)
        found = [beside] if beside.exists() else []
    if not found:
        where = f"in {path}" if path.is_dir() else f"beside {path}"
        raise BadRequest(f"no tests {where}: they stand in NAME{SUFFIX}, see docs/policy.md")
    return found


def run(files: Sequence[Path], *, only: str, jobs: int | None, env: Mapping[str, str]) -> list[Run]:
    """Run every case with `only` in its name.

    Raises:
        PolicyError: for what is wrong with a file of cases or its policy.
        BadRequest: when no case has such a name.
    """
    from ringfence.review.coverage import coverage
    from ringfence.review.testing import Bench, load

    loaded = [load(path, env=env) for path in files]
    chosen = [
        [i for i, case in enumerate(file.document.cases) if only.lower() in case.name.lower()]
        for file, _ in loaded
    ]
    total = sum(map(len, chosen))
    if not total:
        raise BadRequest("no case has that in its name")
    if (workers := _processes(total, jobs)) > 1:
        results = _in_processes(files, chosen, workers, env)
    else:
        pairs = zip(loaded, chosen, strict=True)
        results = [tuple(Bench(policy).run(file, part)) for (file, policy), part in pairs]
    return [
        Run(
            file=str(file.path),
            policy=policy.ref.source,
            results=done,
            coverage=coverage(policy, (result.reached for result in done)),
        )
        for (file, policy), done in zip(loaded, results, strict=True)
        if done
    ]


def _processes(cases: int, wanted: int | None) -> int:
    if wanted is not None:
        return wanted
    return 1 if cases < PAYS_FROM else min(MOST, os.cpu_count() or 1)


def _in_processes(
    files: Sequence[Path], chosen: Sequence[Sequence[int]], workers: int, env: Mapping[str, str]
) -> list[tuple[Result, ...]]:
    """Every file in as many parts as there are processes; the parts come back in the order of the file."""
    from ringfence.review.testing import run_part

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = [
            [pool.submit(run_part, path, part, dict(env)) for part in _parts(indexes, workers)]
            for path, indexes in zip(files, chosen, strict=True)
        ]
        return [tuple(r for part in parts for r in part.result()) for parts in waiting]


def _parts(indexes: Sequence[int], count: int) -> Iterator[Sequence[int]]:
    size = -(-len(indexes) // count) or 1
    for start in range(0, len(indexes), size):
        yield indexes[start : start + size]


def show(runs: Sequence[Run], *, coverage: bool) -> None:
    """Failures as expected against actual, each with the reasons of the decision; then one line a file."""
    for done in runs:
        for result in done.results:
            if not result.passed:
                _show_failure(result)
    for done in runs:
        failed = sum(not result.passed for result in done.results)
        passed = len(done.results) - failed
        counts = f"{passed} passed" + (f", {failed} failed" if failed else "")
        covered = done.coverage
        reached = f"; {covered.percent:.0f} % of {len(covered.parts)} parts reached"
        output.print_text(f"{done.file}: {counts}{reached if coverage else ''}\n")
        for part in covered.missed if coverage else ():
            output.print_text(
                f"  {part.file}:{part.line}: no test reached {part.kind} '{part.name}'\n"
            )


def _show_failure(result: Result) -> None:
    output.print_text(f"FAILED {result.place}: {result.name}\n")
    width = max(len(difference.what) for difference in result.differences)
    for difference in result.differences:
        output.print_text(f"  {difference.what:<{width}}  expected  {difference.expected}\n")
        output.print_text(f"  {'':<{width}}  actual    {difference.actual}\n")
    output.print_text("  because\n")
    for reason in result.reasons:
        output.print_text(f"    {reason}\n")
