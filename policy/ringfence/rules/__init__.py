"""The policy file: its schema, its loading with line:column errors, and which of its rules match a request."""

from ringfence.rules.conditions import Facts, label_rules, matching_rules
from ringfence.rules.loading import find_policy, load_policy, parse_policy, parse_sources
from ringfence.rules.packs import NameReading, enabled_labels, name_reading
from ringfence.rules.policy import Model, Policy
from ringfence.rules.presidio_file import PresidioFile
from ringfence.rules.schema import PACKS, PolicyDocument, Rule
from ringfence.rules.sources import PolicySources, SourceFile, read_sources

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
    "enabled_labels",
    "find_policy",
    "label_rules",
    "load_policy",
    "matching_rules",
    "name_reading",
    "parse_policy",
    "parse_sources",
    "read_sources",
]
