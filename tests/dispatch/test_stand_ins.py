"""The stand-in servers themselves: what other tests conclude from them rests on these."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest


def post(url: str, **body: Any) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=5) as client:
        return client.post(
            url, json={"model": "m", "messages": [{"role": "user", "content": "BEACON"}], **body}
        )


def test_each_format_is_spoken_whole_and_as_a_stream(openai_server: Any) -> None:
    url = openai_server.url
    assert (
        post(f"{url}/v1/chat/completions").json()["choices"][0]["message"]["content"]
        == "Hello from the stand-in."
    )
    assert post(f"{url}/v1/chat/completions", stream=True).text.rstrip().endswith("data: [DONE]")
    assert (
        post(f"{url}/api/chat", stream=False).json()["message"]["content"]
        == "Hello from the stand-in."
    )
    assert json.loads(post(f"{url}/api/chat").text.splitlines()[-1])["done"] is True
    assert post(f"{url}/v1/messages").json()["stop_reason"] == "end_turn"
    assert "event: message_stop" in post(f"{url}/v1/messages", stream=True).text
    assert openai_server.received.count(b"BEACON") == len(openai_server.requests) == 6


@pytest.mark.parametrize("fault", ["reset", "garbage", "truncated", "wrong_length"])
def test_a_fault_reaches_the_client(openai_server: Any, reply: Any, fault: str) -> None:
    openai_server.always(reply(fault=fault))
    with pytest.raises(httpx.TransportError):
        post(f"{openai_server.v1}/chat/completions")


def test_a_script_comes_before_the_standing_answer(openai_server: Any, reply: Any) -> None:
    openai_server.script(reply(status=429, headers={"retry-after": "1"}))
    url = f"{openai_server.v1}/chat/completions"
    assert [post(url).status_code, post(url).status_code] == [429, 200]
