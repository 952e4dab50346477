"""Models with their prices, windows and abilities; providers; hardware: all data, with sources."""

from ringfence.catalog.facts import Hardware, ModelFacts, Provider
from ringfence.catalog.loading import Catalog, load_catalog, parse_catalog

__all__ = ["Catalog", "Hardware", "ModelFacts", "Provider", "load_catalog", "parse_catalog"]
