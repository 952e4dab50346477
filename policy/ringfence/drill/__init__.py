"""Rehearses outages on the real policy: stand-in servers on loopback take every model's place, and fail as told."""

from ringfence.drill.faults import FAULTS, Fault
from ringfence.drill.rehearsal import Outcome, Scene, Traffic, rehearse, scenes

__all__ = ["FAULTS", "Fault", "Outcome", "Scene", "Traffic", "rehearse", "scenes"]
