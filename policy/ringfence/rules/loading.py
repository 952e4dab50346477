"""From a file to a `Policy`, or to errors that say where and what to write instead.

Order: find the file → read exact bytes → check the pin → strict YAML → schema → cross-checks → join with the
catalogue. Nothing of the file's values is echoed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import platformdirs
from pydantic import ValidationError

from ringfence.catalog import Catalog, load_catalog
from ringfence.errors import PolicyError, Problem, TrustError
from ringfence.rules.checks import check_document
from ringfence.rules.dictionary_files import load_dictionaries
from ringfence.rules.faults import faults_of
from ringfence.rules.fitted_file import load_fitted
from ringfence.rules.policy import Model, Policy, implied_locality, resolve_model
from ringfence.rules.presidio_file import load_presidio
from ringfence.rules.schema import NOT_YET, PolicyDocument
from ringfence.rules.sources import PolicySources, read_sources
from ringfence.rules.yaml_source import Path as ValuePath
from ringfence.rules.yaml_source import Source, read_yaml
from ringfence.trust import check_pin
from ringfence.types import PolicyRef

SYSTEM_POLICY = Path("/etc/ringfence/policy.yaml")


def find_policy(argument: str | Path | None, env: Mapping[str, str]) -> Path:
    """Where the policy comes from: argument, `RINGFENCE_POLICY`, /etc, the user's configuration folder.

    Never the working directory: a hostile repository could bring one.

    Raises:
        PolicyError: when there is none, naming the command that writes one.
    """
    if argument is not None:
        return Path(argument)
    if env.get("RINGFENCE_POLICY"):
        return Path(env["RINGFENCE_POLICY"])
    user = platformdirs.user_config_path("ringfence") / "policy.yaml"
    for path in (SYSTEM_POLICY, user):
        if path.is_file():
            return path
    raise _one_problem(
        "policy",
        "no policy found (looked at --policy, RINGFENCE_POLICY, "
        f"{SYSTEM_POLICY} and {user}). Write one with: ringfence policy init",
    )


def load_policy(
    source: str | Path | None = None,
    *,
    env: Mapping[str, str] | None = None,
    digest: str | None = None,
    catalog: Catalog | None = None,
    today: date | None = None,
) -> Policy:
    """Load the policy in force.

    Args:
        source: a path; None searches as `find_policy` says.
        env: the environment that may name the policy (`RINGFENCE_POLICY`) and pin it (`RINGFENCE_POLICY_DIGEST`).
        digest: the pinned digest, `sha256:…`. A pin in the environment holds too; both must agree with the file.
        catalog: the catalogue to join with; the shipped one when None.
        today: the day to judge `expires` by; the system's when None.

    Raises:
        PolicyError: for what is wrong with the file.
        TrustError: when it is not the pinned one, or has expired.
    """
    env = env or {}
    path = find_policy(source, env)
    sources = read_sources(path)
    for pin in (digest, env.get("RINGFENCE_POLICY_DIGEST") or None):
        check_pin(sources.digest, pin, source=str(path))
    return parse_sources(sources, catalog=catalog, today=today, env=env)


def parse_policy(
    content: bytes | str,
    *,
    file: str = "policy.yaml",
    catalog: Catalog | None = None,
    today: date | None = None,
    env: Mapping[str, str] | None = None,
) -> Policy:
    """Make a policy of a file's content. Raises like `load_policy`.

    Dictionaries and recognisers that it names are read from beside `file`, the former with the key that `env` or the
    machine has.
    """
    raw = content.encode() if isinstance(content, str) else content
    sources = read_sources(file, content=raw)
    return parse_sources(sources, catalog=catalog, today=today, env=env)


def parse_sources(
    sources: PolicySources,
    *,
    catalog: Catalog | None = None,
    today: date | None = None,
    env: Mapping[str, str] | None = None,
) -> Policy:
    """Make a policy of the bytes that were read; its path is not read again. Raises like `load_policy`."""
    today = today or datetime.now(UTC).date()
    catalog = catalog or load_catalog()
    file = str(sources.root)
    source = read_yaml(sources.files[-1].content, file=file)
    document = _document(source)
    faults = list(check_document(document, catalog))
    dictionaries = load_dictionaries(document, Path(file).parent, env or {}, faults.append)
    presidio = load_presidio(document.gate.presidio, Path(file).parent, faults.append)
    fitted = load_fitted(document.classifier, Path(file).parent, faults.append)
    if faults:
        raise _policy_error(source, faults)
    if document.expires is not None and document.expires < today:
        raise TrustError(
            f"{file}: the policy expired on {document.expires}; get a new one from its owner"
        )
    models = _models(document, catalog)
    ref = PolicyRef(name=document.name, serial=document.serial, digest=sources.digest, source=file)
    return Policy(
        document=document,
        models=models,
        catalog=catalog,
        ref=ref,
        sources=sources.names,
        places=source,
        dictionaries=dictionaries,
        presidio=presidio,
        fitted=fitted,
    )


def _one_problem(file: str, message: str) -> PolicyError:
    return PolicyError([Problem(file=file, line=0, column=0, message=message)])


def _policy_error(source: Source, faults: Sequence[tuple[ValuePath, str]]) -> PolicyError:
    problems = {source.problem(path, message) for path, message in faults}
    return PolicyError(
        sorted(problems, key=lambda problem: (problem.line, problem.column, problem.message))
    )


def _document(source: Source) -> PolicyDocument:
    if not isinstance(source.value, dict):
        raise _policy_error(source, [((), "a policy is a mapping that starts with 'ringfence: 1'")])
    waiting = [key for key in source.value if key in NOT_YET]
    if waiting:
        raise _policy_error(
            source, [((key,), f"'{key}' is not supported yet; remove it") for key in waiting]
        )
    try:
        return PolicyDocument.model_validate(source.value)
    except ValidationError as error:
        raise _policy_error(source, faults_of(error, PolicyDocument)) from None


def _models(document: PolicyDocument, catalog: Catalog) -> dict[str, Model]:
    hosts = frozenset(host.host.lower() for host in document.network.hosts)
    models = {}
    for name, spec in document.models.items():
        provider = catalog.providers[spec.model.split("/", 1)[0]]
        locality = spec.locality or implied_locality(spec, provider, hosts)
        models[name] = resolve_model(
            name, spec, catalog=catalog, provider=provider, locality=locality
        )
    return models
