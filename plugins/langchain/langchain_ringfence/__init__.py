"""ringfence as a LangChain chat model: `ChatRingfence` takes the place of `ChatOpenAI`, and the policy decides."""

from importlib.util import find_spec

from ringfence import errors

if find_spec("langchain_core") is None:
    raise errors.MissingExtra("langchain", "ChatRingfence")

from langchain_ringfence.chat import ChatRingfence

__all__ = ["ChatRingfence"]
