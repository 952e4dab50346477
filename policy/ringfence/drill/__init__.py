"""Rehearses outages: stand-in servers on loopback that speak the providers' formats, and fail as they are told."""
