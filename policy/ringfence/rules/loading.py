"""From a file to a `Policy`, or to errors that say where and what to write instead.

Order: find the file → read exact bytes → check the pin → strict YAML → schema → cross-checks → join with the
catalogue. Nothing of the file's values is echoed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import platformdirs
from pydantic import ValidationError

from ringfence.catalog import Catalog, load_catalog
from ringfence.errors import PolicyError, Problem, TrustError
from ringfence.rules.checks import check_document
from ringfence.rules.child_schema import ChildDocument
from ringfence.rules.dictionary_files import load_dictionaries
from ringfence.rules.faults import faults_of
from ringfence.rules.fitted_file import load_fitted
from ringfence.rules.inheritance import narrow
from ringfence.rules.places import MergedPlaces, beside, growing
from ringfence.rules.policy import Model, Places, Policy, implied_locality, resolve_model
from ringfence.rules.presidio_file import load_presidio
from ringfence.rules.rule_checks import Fault
from ringfence.rules.schema import PolicyDocument
from ringfence.rules.sources import PolicySources, read_sources
from ringfence.rules.yaml_source import MAX_FAULTS, Source, read_yaml
from ringfence.trust import check_pin
from ringfence.types import Locality, PolicyRef

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
    read = _documents(sources)
    document, places, problems = _one_document(sources, read, catalog)
    faults: list[Fault] = []
    folder = sources.root.parent
    dictionaries = load_dictionaries(document, folder, env or {}, faults.append)
    presidio = load_presidio(document.gate.presidio, folder, faults.append)
    fitted = load_fitted(document.classifier, folder, faults.append)
    problems.extend(places.problem(*fault) for fault in faults)
    if problems:
        raise _policy_error(problems, sources)
    file = str(sources)
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
        places=places,
        dictionaries=dictionaries,
        presidio=presidio,
        fitted=fitted,
    )


def _one_problem(file: str, message: str) -> PolicyError:
    return PolicyError([Problem(file=file, line=0, column=0, message=message)])


def _policy_error(problems: Iterable[Problem], sources: PolicySources) -> PolicyError:
    """All problems, each once, file by file."""
    order = [str(file.path) for file in sources.files]

    def place(problem: Problem) -> tuple[int, int, int, str]:
        index = order.index(problem.file) if problem.file in order else len(order)
        return index, problem.line, problem.column, problem.message

    return PolicyError(sorted(set(problems), key=place)[:MAX_FAULTS])


def _documents(sources: PolicySources) -> list[tuple[Source, PolicyDocument]]:
    """Each file against its schema: the first is a whole policy, the others narrow what stands before them."""
    problems = list(sources.problems)
    read: list[tuple[Source, PolicyDocument]] = []
    for index, file in enumerate(sources.files):
        try:
            source = file.source or read_yaml(file.content, file=str(file.path))
            document = _document(source, whole=index == 0)
            read.append((source, beside(document, posixpath.dirname(file.name))))
        except PolicyError as error:
            problems.extend(error.problems)
    if problems:
        raise _policy_error(problems, sources)
    return read


def _document(source: Source, *, whole: bool) -> PolicyDocument:
    if not isinstance(source.value, dict):
        message = "a policy is a mapping that starts with 'ringfence: 1'"
        raise PolicyError([source.problem((), message)])
    schema = PolicyDocument if whole and "extends" not in source.value else ChildDocument
    try:
        return schema.model_validate(source.value)
    except ValidationError as error:
        raise PolicyError([source.problem(*fault) for fault in faults_of(error, schema)]) from None


def _one_document(
    sources: PolicySources, read: Sequence[tuple[Source, PolicyDocument]], catalog: Catalog
) -> tuple[PolicyDocument, Places, list[Problem]]:
    """The files laid one over the other, where each value stands, and what is wrong with them."""
    source, document = read[0]
    problems = [source.problem(*fault) for fault in _checked(document, catalog)]
    if len(read) == 1:
        return document, source, problems
    places = MergedPlaces()
    places.add(source, {})
    known = frozenset(document.models)
    for source, child in read[1:]:
        places.add(source, growing(document))
        document, faults = narrow(document, child, _localities(document, catalog))
        problems.extend(source.problem(*fault) for fault in faults)
    problems.extend(places.problem(*fault) for fault in _checked(document, catalog, known))
    return document, places, problems


def _checked(
    document: PolicyDocument, catalog: Catalog, known: Set[str] = frozenset()
) -> Iterable[Fault]:
    return islice(check_document(document, catalog, known), MAX_FAULTS)


def _localities(document: PolicyDocument, catalog: Catalog) -> dict[str, Locality]:
    hosts = frozenset(host.host.lower() for host in document.network.hosts)
    found = {}
    for name, spec in document.models.items():
        provider = catalog.providers.get(spec.model.split("/", 1)[0])
        implied = implied_locality(spec, provider, hosts) if provider else Locality.CLOUD
        found[name] = spec.locality or implied
    return found


def _models(document: PolicyDocument, catalog: Catalog) -> dict[str, Model]:
    localities = _localities(document, catalog)
    return {
        name: resolve_model(
            name,
            spec,
            catalog=catalog,
            provider=catalog.providers[spec.model.split("/", 1)[0]],
            locality=localities[name],
        )
        for name, spec in document.models.items()
    }
