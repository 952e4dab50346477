"""The four formats that models are spoken to in, each as a model of a policy at a stand-in server."""

from __future__ import annotations

from typing import Any

PRICED = {"locality": "cloud", "price": {"input": 1, "output": 4}, "context_window": 32768}
WIRES = {
    "openai": ("openai/x", "/v1"),
    "ollama": ("ollama_chat/x", ""),
    "anthropic": ("anthropic/claude-sonnet-4.6", ""),
    "gemini": ("gemini/gemini-2.5-flash-lite", "/v1beta"),
}


def model_at(wire: str, server: Any, **written: Any) -> dict[str, Any]:
    """A cloud model of a wire at a server."""
    model, path = WIRES[wire]
    return {"model": model, "base_url": f"{server.url}{path}", **PRICED, **written}
