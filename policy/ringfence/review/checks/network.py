"""How long the policy holds, and whom it trusts beyond this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from ringfence.review.checks.noticed import Noticed, routes_of
from ringfence.rules import Policy
from ringfence.types import Locality

EXPIRES_WITHIN_DAYS = 30


def expiry(policy: Policy, today: date) -> Iterator[Noticed]:
    """RF501: the last month."""
    expires = policy.document.expires
    if expires is not None and (expires - today).days < EXPIRES_WITHIN_DAYS:
        yield Noticed("RF501", ("expires",), f"the policy expires on {expires}")


def hosts(policy: Policy) -> Iterator[Noticed]:
    """RF502 and RF503: trusted hosts in plain text, or for nothing."""
    used = {
        (urlsplit(model.base_url or "").hostname or "").lower() for model in policy.models.values()
    }
    for name, model in policy.models.items():
        plain = urlsplit(model.base_url or "").scheme == "http"
        if model.insecure and plain and model.locality is Locality.PRIVATE:
            yield Noticed(
                "RF502", ("models", name, "insecure"), f"requests to '{name}' travel in plain text"
            )
    for index, host in enumerate(policy.document.network.hosts):
        if host.host.lower() not in used:
            yield Noticed("RF503", ("network", "hosts", index), "no model is on this host")


def offline(policy: Policy) -> Iterator[Noticed]:
    """RF504: clouds in routes of a policy that allows none."""
    if policy.document.network.mode != "none":
        return
    routed = {name for route in routes_of(policy) for name in route.names}
    for name in policy.models:
        if name in routed and policy.models[name].locality is Locality.CLOUD:
            yield Noticed(
                "RF504", ("models", name), f"'{name}' is a cloud, and network.mode is none"
            )
