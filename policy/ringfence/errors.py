"""Everything that ringfence raises on purpose.

```
RingfenceError
├── PolicyError         the policy file is wrong            exit 2
├── TrustError          not the policy that was pinned      exit 1
├── BadRequest          the request is wrong                exit 2
├── MissingExtra        an optional part is not installed   exit 2
├── CredentialMissing   no key for the model                exit 4
├── Denied              a rule of the policy says no        exit 3
├── NotCleared          only clearance stood in the way     exit 3
├── BudgetExceeded      a budget of the policy is spent     exit 3
├── TracingRefused      a tracer would carry the prompt out exit 3
├── NoModel             no model could serve this at all    exit 4
├── Unavailable         the eligible models all failed      exit 4
└── RecordError         no record, so no call (I11)         exit 1
```

Each message says what happened, why, and what to do now. None ever holds request text, a completion or a key
(I4): build messages from names, counts and positions only. The facts are attributes; `code` and `exit_code` are
stable and are what the doors translate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

if TYPE_CHECKING:
    from ringfence.types import Attempt, Decision


class RingfenceError(Exception):
    """The root of all errors below. `str(error)` is fit to show to a person."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    decision: Decision | None = None
    """The decision that led here, where there was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault in a policy file. Lines and columns count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class PolicyError(RingfenceError):
    """The policy file does not load. `problems` holds every fault found, in file order."""

    code = "policy_error"
    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TrustError(RingfenceError):
    """The policy is well-formed but is not the one that was pinned (I7)."""

    code = "trust_error"
    exit_code = 1


class BadRequest(RingfenceError):
    """The request cannot be read. `path` is a JSON pointer to the fault, never its value."""

    code = "bad_request"
    exit_code = 2
    http_status = 400

    def __init__(self, message: str, *, path: str = "") -> None:
        self.path = path
        super().__init__(f"{path}: {message}" if path else message)


class MissingExtra(RingfenceError):
    """An optional part of ringfence is needed and not installed."""

    code = "missing_extra"
    exit_code = 2

    def __init__(self, extra: str, needed_for: str) -> None:
        self.extra = extra
        super().__init__(
            f"{needed_for} needs the '{extra}' extra: pip install 'ringfence[{extra}]'"
        )


class CredentialMissing(RingfenceError):
    """No key was found for a model."""

    code = "credential_missing"
    exit_code = 4
    http_status = 503

    def __init__(self, model: str, variable: str) -> None:
        self.model = model
        self.variable = variable
        super().__init__(f"no key for model '{model}': set {variable} in the environment")


class Denied(RingfenceError):
    """A `deny` rule of the policy matched. `rule` is its name."""

    code = "denied"
    exit_code = 3
    http_status = 403

    def __init__(self, message: str, *, rule: str) -> None:
        self.rule = rule
        super().__init__(message)


class NotCleared(RingfenceError):
    """Clearance alone dropped a model that every other filter keeps. `labels` are those that nobody may see."""

    code = "not_cleared"
    exit_code = 3
    http_status = 403

    def __init__(self, message: str, *, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        super().__init__(message)


class BudgetExceeded(RingfenceError):
    """A budget is spent. Money is in US dollars, written as decimals."""

    code = "budget_exceeded"
    exit_code = 3
    http_status = 429

    def __init__(self, message: str, *, limit: str, spent: str, resets_at: str) -> None:
        self.limit = limit
        self.spent = spent
        self.resets_at = resets_at
        super().__init__(message)


class TracingRefused(RingfenceError):
    """A framework's tracer would send the prompt somewhere that no policy has cleared."""

    code = "tracing_refused"
    exit_code = 3
    http_status = 403


class NoModel(RingfenceError):
    """No model of the policy could serve this request even if all were cleared for it."""

    code = "no_model"
    exit_code = 4
    http_status = 422


class Unavailable(RingfenceError):
    """Eligible models exist, and none answered. `attempts` tells what each did."""

    code = "unavailable"
    exit_code = 4
    http_status = 503

    def __init__(self, message: str, *, attempts: Sequence[Attempt] = ()) -> None:
        self.attempts = tuple(attempts)
        super().__init__(message)


class RecordError(RingfenceError):
    """The ledger cannot be read or written, so the call was not made (I11)."""

    code = "record_error"
    exit_code = 1
    http_status = 503
