"""The domain of a policy in classes: what a decision depends on, cut where the policy can tell the difference.

A count of tokens matters only by which windows it fits, which rules' bounds it passes and whose price it brings over a
cap; a day only by who has retired; a budget only by whom it still pays. Each cut is taken at the first value past it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, combinations, product

from ringfence.costs import expected_usd
from ringfence.review import conditions
from ringfence.review.claims import ROOM, capabilities
from ringfence.review.labels import LabelClass, classes, label_sets, universe
from ringfence.review.profiles import Profiles, Stages, profiles
from ringfence.rules import Policy
from ringfence.types import Size, Spent, TaskKind

KINDS = tuple(TaskKind)
NEEDS = ("audio", "files", "json_schema", "tools", "vision")
NO_SUCH_MODEL = "no-such-model"
LONG_ANSWER = 50_000
"""Output tokens of a request that asks for many: they take up a window too."""
ALL_SUBSETS_UP_TO = 6
"""Models of which every subset is down in turn; of more, each alone, each but one, and all."""
MOST_SPENDINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """How many values of something stand in how many classes, and why that changes no decision."""

    what: str
    values: int
    classes: int
    why: str

    def to_dict(self) -> dict[str, object]:
        return {"what": self.what, "values": self.values, "classes": self.classes, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The classes of everything that a decision of a policy depends on."""

    labels: tuple[str, ...]
    label_classes: tuple[LabelClass, ...]
    label_sets: tuple[tuple[str, ...], ...]
    profiles: Profiles
    rule_tokens: tuple[int, ...]
    needs: tuple[frozenset[str], ...]
    days: tuple[date, ...]
    leading_kinds: frozenset[TaskKind]
    """One kind of each route, and of those that a rule tests; the others differ from it in what a call costs."""
    merges: tuple[Merge, ...]

    @property
    def cells(self) -> int:
        """Combinations of who asks, labels and kind; each is then tried in every circumstance."""
        return len(self.profiles.chosen) * len(self.label_sets) * len(KINDS)


def domain_of(
    policies: Sequence[Policy],
    *,
    now: datetime,
    models: Sequence[str | None],
    produced: Sequence[frozenset[str]] = (),
) -> Domain:
    """The classes that the policies tell apart.

    Args:
        policies: one, or two that are compared.
        now: today; a state of the past proves nothing of the future.
        models: what requests ask for as their model.
        produced: see `ringfence.review.labels.classes`.
    """
    groups = classes(policies, produced)
    sets = label_sets(groups)
    tokens = rule_tokens(policies)
    stages = Stages(labels=sets, kinds=KINDS, tokens=tokens)
    found = profiles(policies, stages, now=now, models=models)
    needs = needs_of(policies)
    days = days_of(policies, now.astimezone(UTC).date())
    leading = leading_kinds(policies)
    merges = (
        Merge(
            what="labels",
            values=len(universe(policies)),
            classes=len(groups),
            why="in the same clearances and the same conditions of rules",
        ),
        Merge(
            what="sets of labels",
            values=2 ** len(groups),
            classes=len(sets),
            why="every set of the classes"
            if len(sets) == 2 ** len(groups)
            else "NOT WHOLE: of so many classes only sets of up to two, and of all but one",
        ),
        Merge(
            what="requests",
            values=found.combinations,
            classes=len(found.chosen),
            why="the same rules match, and the same model is asked for"
            if found.whole
            else "NOT WHOLE: so many conditions are combined two at a time",
        ),
        Merge(
            what="task kinds",
            values=len(KINDS),
            classes=len(leading),
            why="the same route, and in the same conditions of rules; the others only in outermost circumstances",
        ),
        Merge(
            what="needs",
            values=2 ** len(NEEDS),
            classes=len(needs),
            why="the same models can do them",
        ),
    )
    return Domain(
        labels=universe(policies),
        label_classes=groups,
        label_sets=sets,
        profiles=found,
        rule_tokens=tokens,
        needs=needs,
        days=days,
        leading_kinds=leading,
        merges=merges,
    )


def rule_tokens(policies: Sequence[Policy]) -> tuple[int, ...]:
    """One token, and the first counts on either side of each bound that a rule sets."""
    bounds = {
        int(bound) for test in conditions.leaves(policies).get("tokens", ()) for bound in test
    }
    return tuple(sorted({1, *(n for bound in bounds for n in (bound, bound + 1) if n > 0)}))


def sizes_of(policy: Policy, kind: TaskKind, tokens: Iterable[int]) -> tuple[Size, ...]:
    """The sizes at which a window, a rule or a cap begins to say something else, for a kind of task."""
    windows = {model.facts.context_window for model in policy.models.values()}
    counts = {
        *tokens,
        *(max(1, window - ROOM + 1) for window in windows),
        *over_caps(policy, kind),
    }
    caps = {rule.cap.output_tokens for rule in policy.document.rules if rule.cap}
    limits = {LONG_ANSWER, *(cap + 1 for cap in caps if cap)}
    return (
        *(Size(input_tokens=count) for count in sorted(counts)),
        *(Size(input_tokens=1, max_output_tokens=limit) for limit in sorted(limits)),
    )


def over_caps(policy: Policy, kind: TaskKind) -> Iterator[int]:
    """For each model and each rule's cap, the first count of tokens that costs more."""
    caps = {rule.cap.usd for rule in policy.document.rules if rule.cap and rule.cap.usd is not None}
    for cap, model in product(caps, policy.models.values()):
        low, high = 1, model.facts.context_window
        while low < high:
            middle = (low + high) // 2
            if expected_usd(model.facts, Size(input_tokens=middle), kind) > cap:
                high = middle
            else:
                low = middle + 1
        yield low


def needs_of(policies: Sequence[Policy]) -> tuple[frozenset[str], ...]:
    """Every set of needs, of which those that the same models can do are one class."""
    able = [capabilities(policy, name) for policy in policies for name in policy.models]
    groups: dict[tuple[bool, ...], frozenset[str]] = {}
    for size in range(len(NEEDS) + 1):
        for needs in combinations(NEEDS, size):
            chosen = frozenset(needs)
            groups.setdefault(tuple(chosen <= can for can in able), chosen)
    return tuple(groups.values())


def days_of(policies: Sequence[Policy], today: date) -> tuple[date, ...]:
    """Today, and each day from which a model is retired."""
    models = chain.from_iterable(policy.models.values() for policy in policies)
    retiring = {model.facts.retires for model in models if model.facts.retires is not None}
    return (today, *sorted(day for day in retiring if day > today))


def leading_kinds(policies: Sequence[Policy]) -> frozenset[TaskKind]:
    """The first kind of each class: served by the same routes, and in the same conditions."""
    tests = conditions.leaves(policies).get("task", ())
    leaders: dict[object, TaskKind] = {}
    for kind in KINDS:
        routes = tuple(policy.route(kind)[0] for policy in policies)
        leaders.setdefault((routes, tuple(kind in test for test in tests)), kind)
    return frozenset(leaders.values())


def down_sets(candidates: Sequence[str], others: frozenset[str]) -> Iterator[frozenset[str]]:
    """Which models are down: every subset of those that would answer, and none or all of these with all the others."""
    sizes: Iterable[int] = range(len(candidates) + 1)
    if len(candidates) > ALL_SUBSETS_UP_TO:
        sizes = sorted({0, 1, len(candidates) - 1, len(candidates)})
    for size in sizes:
        for chosen in combinations(candidates, size):
            yield frozenset(chosen)
            if others and size in (0, len(candidates)):
                yield others.union(chosen)


def spendings(
    policy: Policy, costs: Iterable[Decimal], now: datetime
) -> Iterator[tuple[Spent, ...]]:
    """What the budgets may have used: nothing left, or left what one model costs and a dearer one does not."""
    budgets = policy.document.budgets
    left = sorted({Decimal(0), *costs})
    each = [
        [
            Spent(budget=index, usd=max(Decimal(0), budget.usd - rest), resets_at=now)
            for rest in left
        ]
        for index, budget in enumerate(budgets)
    ]
    if len(left) ** len(budgets) <= MOST_SPENDINGS:
        yield from product(*each)
        return
    unspent = [Spent(budget=i, usd=Decimal(0), resets_at=now) for i in range(len(budgets))]
    for index, options in enumerate(each):
        for option in options:
            yield (*unspent[:index], option, *unspent[index + 1 :])
    yield tuple(options[0] for options in each)
