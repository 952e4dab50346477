"""Which rules of a policy match a request."""

from __future__ import annotations

from ringfence.rules.facts import Facts
from ringfence.rules.policy import Policy
from ringfence.rules.rule_schema import Rule


def matching_rules(policy: Policy, facts: Facts) -> tuple[Rule, ...]:
    """The rules that match, in the policy's order."""
    return policy.rules.matching(facts)


def label_rules(policy: Policy, facts: Facts) -> tuple[str, ...]:
    """The labels that matching label rules put on a request, sorted. Runs in the gate, before any classifier."""
    matching = policy.labelling.matching(facts)
    return tuple(sorted({label for rule in matching for label in rule.label}))
