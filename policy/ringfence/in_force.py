"""Which policy is in force, by the one way that every door takes: found, held against its pin, read whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ringfence.rules import Policy, load_policy


def policy_in_force(
    source: str | Path | None = None,
    *,
    env: Mapping[str, str],
    digest: str | None = None,
) -> Policy:
    """The policy that decides.

    Args:
        source: a path; None searches as `ringfence.rules.find_policy` says.
        env: the environment that may name the policy and pin it.
        digest: the pinned digest, `sha256:…`; one in the environment holds too.

    Raises:
        PolicyError: for what is wrong with the file.
        TrustError: when it is not the pinned one, or has expired.
    """
    return load_policy(source, env=env, digest=digest)
