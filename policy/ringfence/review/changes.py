"""What a change of policy writes differently, section by section, and which of it lets more through.

What a state can show is not judged here but in `widening`: clearances, routes and rules. Here stands what no state
shows: what the gate looks for, whom the record and the network trust, what may be spent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.review.written import models_as_written
from ringfence.rules import Policy, enabled_labels, name_reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two policies. Texts of the gate's lists are counted, never shown."""

    section: str
    what: str
    widens: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {"section": self.section, "what": self.what, "widens": self.widens}


Told = Iterator[tuple[str, bool]]
"""What is different, and whether it widens."""


def changes(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Every difference in meaning that one can read off the two documents."""
    return tuple(
        Change(section=section, what=what, widens=widens)
        for section, tell in _SECTIONS.items()
        for what, widens in tell(old, new)
    )


def _models(old: Policy, new: Policy) -> Told:
    before, after = old.document.models, new.document.models
    was, is_now = models_as_written(old), models_as_written(new)
    for name in [name for name in before if name not in after]:
        yield f"'{name}' is gone", False
    for name in [name for name in after if name not in before]:
        yield f"'{name}' is new: {after[name].model}, {is_now[name].locality}", False
    for name in [name for name in after if name in before]:
        if was[name].locality != is_now[name].locality:
            yield f"'{name}' was {was[name].locality} and is {is_now[name].locality}", False
        if before[name].model != after[name].model:
            yield f"'{name}' was {before[name].model} and is {after[name].model}", False
        if old.models[name].base_url != new.models[name].base_url:
            yield f"'{name}' has another address: {new.models[name].base_url or 'none'}", False
        if after[name].insecure and not before[name].insecure:
            yield f"'{name}' may be reached without TLS", True
        if before[name].api_key_env != after[name].api_key_env:
            key = after[name].api_key_env
            yield f"'{name}' takes its key from {key or 'its provider'}", key is not None
        if old.models[name].facts != new.models[name].facts:
            yield f"'{name}' has other facts (price, window, abilities or retirement)", False


def _routes(old: Policy, new: Policy) -> Told:
    before, after = old.document.routes, new.document.routes
    for kind in dict.fromkeys((*before, *after)):
        if before.get(kind) != after.get(kind):
            yield f"{kind}: {_route(before.get(kind))} → {_route(after.get(kind))}", False


def _route(route: Sequence[Any] | None) -> str:
    if route is None:
        return "none of its own"
    return ", ".join(g if isinstance(g, str) else f"[{', '.join(g)}]" for g in route)


def _rules(old: Policy, new: Policy) -> Told:
    before = {rule.name: rule for rule in old.document.rules}
    after = {rule.name: rule for rule in new.document.rules}
    yield from ((f"rule '{name}' is gone", False) for name in before if name not in after)
    yield from ((f"rule '{name}' is new", False) for name in after if name not in before)
    for name, rule in after.items():
        if name in before and before[name] != rule:
            yield f"rule '{name}' is another: {', '.join(_fields(before[name], rule))}", False
    if before == after and old.document.rules != new.document.rules:
        yield "the rules stand in another order", False


def _fields(before: Any, after: Any) -> Iterator[str]:
    return (
        name for name in type(after).model_fields if getattr(before, name) != getattr(after, name)
    )


def _labels(old: Policy, new: Policy) -> Told:
    before, after = old.document.labels, new.document.labels
    gone = enabled_labels(before) - enabled_labels(after)
    if gone:
        yield f"the gate no longer looks for {', '.join(sorted(gone))}", True
    if more := enabled_labels(after) - enabled_labels(before):
        yield f"the gate also looks for {', '.join(sorted(more))}", False
    yield from _custom(before.custom, after.custom)
    added = [entry for entry in after.allow if entry not in before.allow]
    if added:
        yield f"{len(added)} new or changed entries of texts that are never a finding (allow)", True
    if gone_entries := len([entry for entry in before.allow if entry not in after.allow]):
        yield f"{gone_entries} entries of 'allow' are gone or changed", False


def _custom(before: Sequence[Any], after: Sequence[Any]) -> Told:
    """A team's own words: each entry of the old must be found in the new, with as many words and no more conditions."""
    for entry in before:
        if entry not in after:
            heirs = [other for other in after if other.name == entry.name]
            if not any(_finds_as_much(entry, heir) for heir in heirs):
                word = "finds less, or something else" if heirs else "is gone"
                yield f"{entry.name} → {entry.label}: {word}", True
    for entry in after:
        if entry not in before:
            yield f"{entry.name} → {entry.label}: is new or changed", False


def _finds_as_much(old: Any, new: Any) -> bool:
    same = (old.label, old.regex, old.dictionary, old.digest) == (
        new.label,
        new.regex,
        new.dictionary,
        new.digest,
    )
    context = not new.context or (old.context and set(old.context) <= set(new.context))
    return same and set(old.words) <= set(new.words) and bool(context)


_NAMES = ("off", "context", "full", "any")


def _gate(old: Policy, new: Policy) -> Told:
    before, after = old.document.gate, new.document.gate
    if before.enabled != after.enabled:
        yield f"the gate is {'on' if after.enabled else 'OFF'}", before.enabled
    was, reads = name_reading(old.document), name_reading(new.document)
    if was.mode != reads.mode:
        less = _NAMES.index(reads.mode) < _NAMES.index(was.mode)
        yield f"names are read: {was.mode} → {reads.mode}", less
    if was.strict != reads.strict:
        yield (
            f"large texts are {'' if reads.strict else 'no longer '}unscanned (strict)",
            was.strict,
        )
    for key in ("ms", "kb", "names_kb"):
        first, second = getattr(before.limits, key), getattr(after.limits, key)
        if first != second:
            less_is_wider = key == "names_kb" and not reads.strict
            yield f"limits.{key}: {first:,} → {second:,}", (second < first) == less_is_wider
    yield from _presidio(old, new)


def _presidio(old: Policy, new: Policy) -> Told:
    before, after = old.document.gate.presidio, new.document.gate.presidio
    if before == after:
        return
    if before is None or after is None:
        yield f"the team's own recognisers are {'gone' if after is None else 'new'}", after is None
        return
    fields = list(_fields(before, after))
    tighter = fields == ["threshold"] and after.threshold < before.threshold
    yield f"the team's own recognisers are others: {', '.join(fields)}", not tighter


def _callers(old: Policy, new: Policy) -> Told:
    before, after = old.document.callers, new.document.callers
    yield from ((f"caller '{name}' is gone", False) for name in before if name not in after)
    for name, caller in after.items():
        was = before[name].clearance if name in before else ()
        if was != caller.clearance:
            yield (
                f"caller '{name}' may read back {_clearance(caller.clearance)}",
                _wider(was, caller.clearance),
            )


def _clearance(labels: Any) -> str:
    return "everything" if labels == "all" else ", ".join(labels) or "nothing"


def _wider(before: Any, after: Any) -> bool:
    return before != "all" and (after == "all" or not set(after) <= set(before))


def _classifier(old: Policy, new: Policy) -> Told:
    for name in _fields(old.document.classifier, new.document.classifier):
        yield f"'{name}' is another", False


def _budgets(old: Policy, new: Policy) -> Told:
    """A budget holds the one before it if it is of the same payer and time, no larger and no laxer."""
    lax = ("deny", "local", "downgrade")
    for budget in old.document.budgets:
        name = f"per {budget.per} every {budget.every}, ${budget.usd}, then {budget.then}"
        if budget in new.document.budgets:
            continue
        heirs = [b for b in new.document.budgets if (b.per, b.every) == (budget.per, budget.every)]
        held = any(
            b.usd <= budget.usd and lax.index(b.then) <= lax.index(budget.then) for b in heirs
        )
        yield f"the budget {name} is {'another' if heirs else 'gone'}", not held
    for budget in new.document.budgets:
        if budget not in old.document.budgets:
            yield (
                f"there is a budget per {budget.per} every {budget.every}, ${budget.usd}, then {budget.then}",
                False,
            )


def _fallback(old: Policy, new: Policy) -> Told:
    before, after = old.document.fallback, new.document.fallback
    for name in _fields(before, after):
        yield f"{name}: {getattr(before, name)} → {getattr(after, name)}", False


def _network(old: Policy, new: Policy) -> Told:
    before, after = old.document.network, new.document.network
    if before.mode != after.mode:
        yield f"mode: {before.mode} → {after.mode}", after.mode == "open"
    was, hosts = ({entry.host.lower() for entry in side.hosts} for side in (before, after))
    yield from ((f"{host} is trusted as private", True) for host in sorted(hosts - was))
    yield from ((f"{host} is no longer private", False) for host in sorted(was - hosts))
    if before.ca_file != after.ca_file:
        yield (
            f"certificates beside the system's: {after.ca_file or 'none'}",
            after.ca_file is not None,
        )
    if before.proxy != after.proxy:
        yield (
            f"unlabelled calls go out through {after.proxy or 'no proxy'}",
            after.proxy is not None,
        )
    if before.proxy_auth_env != after.proxy_auth_env:
        yield "the proxy's login comes from another variable", after.proxy_auth_env is not None


def _records(old: Policy, new: Policy) -> Told:
    before, after = old.document.records, new.document.records
    if before.durability != after.durability:
        yield f"durability: {before.durability} → {after.durability}", after.durability == "normal"
    if before.unwritable != after.unwritable:
        yield f"unwritable: {before.unwritable} → {after.unwritable}", after.unwritable == "allow"
    if before.path != after.path:
        yield "the ledger is another file: what is spent and tainted is not carried over", True


def _taint(old: Policy, new: Policy) -> Told:
    before, after = old.document.taint, new.document.taint
    if before.days != after.days:
        yield f"labels stick for {before.days} → {after.days} days", after.days < before.days
    for entry in after.declassify:
        if entry not in before.declassify:
            who = ", ".join(entry.users) or "any account"
            yield (
                f"{who} may take off {_clearance(entry.labels)}",
                not _allowed(entry, before.declassify),
            )
    for entry in before.declassify:
        if entry not in after.declassify:
            yield (
                f"{', '.join(entry.users) or 'any account'} may no longer take labels off so",
                False,
            )


def _allowed(entry: Any, before: Iterable[Any]) -> bool:
    """Whether one entry of the old policy lets the same accounts take off the same labels."""
    return any(
        not _wider(other.labels, entry.labels)
        and (not other.users or (entry.users and set(entry.users) <= set(other.users)))
        for other in before
    )


def _itself(old: Policy, new: Policy) -> Told:
    before, after = old.document, new.document
    if before.name != after.name:
        yield f"its name: {before.name} → {after.name}", False
    if after.serial < before.serial:
        yield (
            f"its serial goes down: {before.serial} → {after.serial}; it will not load where the other did",
            False,
        )
    if before.expires != after.expires:
        yield f"it expires: {before.expires or 'never'} → {after.expires or 'never'}", False


_SECTIONS: Mapping[str, Callable[[Policy, Policy], Told]] = {
    "policy": _itself,
    "models": _models,
    "routes": _routes,
    "rules": _rules,
    "labels": _labels,
    "gate": _gate,
    "callers": _callers,
    "classifier": _classifier,
    "budgets": _budgets,
    "fallback": _fallback,
    "network": _network,
    "records": _records,
    "taint": _taint,
}
