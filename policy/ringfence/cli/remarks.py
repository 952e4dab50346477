"""`ringfence policy check`: a policy's remarks gathered, with what local servers say if asked, and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ringfence.cli import output
from ringfence.errors import BadRequest

if TYPE_CHECKING:
    from ringfence.review.check import Remark
    from ringfence.rules import Policy


def gather(
    policy: Policy, *, ignore: Sequence[str] = (), probe: bool = False
) -> tuple[Remark, ...]:
    """All remarks on a policy but those of the codes to ignore.

    Raises:
        BadRequest: for a code that does not exist.
    """
    from ringfence.review.check import in_order, remarks

    for code in ignore:
        explain(code)
    found = list(remarks(policy, datetime.now(UTC).date()))
    if probe:
        found += _probed(policy)
    return in_order(remark for remark in found if remark.code not in ignore)


def explain(code: str) -> str:
    """What a code means and what to do.

    Raises:
        BadRequest: for a code that does not exist.
    """
    from ringfence.review.codes import codes
    from ringfence.rules.hints import did_you_mean

    if code not in codes():
        hint = did_you_mean(code, codes())
        raise BadRequest(f"there is no code '{code}'{hint}; they run from RF101 to {max(codes())}")
    return str(codes()[code])


def _probed(policy: Policy) -> list[Remark]:
    """What the servers on this machine say of the models that the policy calls local (I3)."""
    from ringfence.dispatch.local_servers import trouble_with
    from ringfence.review.check import remark
    from ringfence.review.checks.noticed import Noticed
    from ringfence.types import Locality

    local = [model for model in policy.models.values() if model.locality is Locality.LOCAL]
    return [
        remark(
            policy,
            Noticed("RF191" if forwarded else "RF192", ("models", name), f"'{name}': {words}"),
        )
        for name, (forwarded, words) in trouble_with(local).items()
    ]


def show(found: Sequence[Remark]) -> None:
    """A table on a terminal, else one line each, as compilers print them."""
    if not output.console().is_terminal:
        for remark in found:
            output.print_text(f"{remark}\n")
    elif found:
        output.print_table(
            ("", "code", "where", "what", "what to do"),
            [
                (r.severity.value, r.code, f"{r.line}:{r.column}", r.message, r.remedy)
                for r in found
            ],
            whole=("code", "where"),
        )


def counted(found: Sequence[Remark]) -> str:
    """`in order`, or how many remarks there are of which severity."""
    if not found:
        return "in order"
    counts = Counter(remark.severity.value for remark in found)
    parts = [
        f"{n} {word}{'s' if n > 1 else ''}" for word, n in sorted(counts.items(), reverse=True)
    ]
    return "loads, with " + " and ".join(parts)


def has_warnings(found: Sequence[Remark]) -> bool:
    return any(remark.severity.value == "warning" for remark in found)
