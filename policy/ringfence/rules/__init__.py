"""The policy file: its schema, its loading with line:column errors, and which of its rules match a request."""

from ringfence.rules.facts import Facts
from ringfence.rules.loading import find_policy, load_policy, parse_policy, parse_sources
from ringfence.rules.matching import label_rules, matching_rules
from ringfence.rules.packs import NameReading, enabled_labels, name_reading
from ringfence.rules.policy import Model, Policy
from ringfence.rules.presidio_file import PresidioFile
from ringfence.rules.schema import PACKS, PolicyDocument, Rule
from ringfence.rules.sources import (
    PolicySources,
    SourceFile,
    Unreadable,
    read_file,
    read_sources,
)
from ringfence.rules.trust_file import find_trust_root, load_trust_root

__all__ = [
    "PACKS",
    "Facts",
    "Model",
    "NameReading",
    "Policy",
    "PolicyDocument",
    "PolicySources",
    "PresidioFile",
    "Rule",
    "SourceFile",
    "Unreadable",
    "enabled_labels",
    "find_policy",
    "find_trust_root",
    "label_rules",
    "load_policy",
    "load_trust_root",
    "matching_rules",
    "name_reading",
    "parse_policy",
    "parse_sources",
    "read_file",
    "read_sources",
]
