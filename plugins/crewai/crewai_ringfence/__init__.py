"""ringfence as a CrewAI LLM: `RingfenceLLM` answers an agent's calls, and the policy decides which model does."""

from importlib.util import find_spec

from ringfence import errors

if find_spec("crewai") is None:
    raise errors.MissingExtra("crewai", "RingfenceLLM")

from crewai_ringfence.denied import CallDenied
from crewai_ringfence.llm import RingfenceLLM

__all__ = ["CallDenied", "RingfenceLLM"]
