"""Images and files reach models that take them, in the words of each format, and nobody here fetches an address."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from wires import model_at

from ringfence.dispatch.litellm_library import load_litellm

pytestmark = [
    pytest.mark.xdist_group("litellm"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"),
]


@pytest.fixture(scope="module", autouse=True)
def litellm_is_loaded() -> None:
    load_litellm()


PIXEL = base64.b64encode(
    bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")
).decode()
PAGE = base64.b64encode(b"%PDF-1.4 one page").decode()
TEXT = {"type": "text", "text": "Look at this."}
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
FILE = {
    "type": "file",
    "file": {"filename": "page.pdf", "file_data": f"data:application/pdf;base64,{PAGE}"},
}
SOUND = {"type": "input_audio", "input_audio": {"data": PAGE, "format": "wav"}}


def asking(*parts: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(parts)}]}


def content_sent(server: Any, wire: str) -> Any:
    body = server.requests[-1].json
    return body["contents"][0]["parts"] if wire == "gemini" else body["messages"][0]["content"]


@pytest.fixture
def at(bench: Any, cloud: Any) -> Any:
    return lambda wire: bench({"m": model_at(wire, cloud)}, fallback={"deadline_s": 60})


async def test_openais_parts_go_as_they_are(at: Any, cloud: Any) -> None:
    await at("openai").ask(asking(TEXT, IMAGE, FILE, SOUND))
    assert content_sent(cloud, "openai") == [TEXT, IMAGE, FILE, SOUND]


async def test_anthropic_gets_an_image_and_a_document(at: Any, cloud: Any) -> None:
    await at("anthropic").ask(asking(TEXT, IMAGE, FILE))
    text, image, document = content_sent(cloud, "anthropic")
    assert text == TEXT
    assert (image["type"], image["source"]["media_type"]) == ("image", "image/png")
    assert image["source"]["data"] == PIXEL
    assert (document["type"], document["source"]["media_type"]) == ("document", "application/pdf")
    assert document["source"]["data"] == PAGE


async def test_gemini_gets_both_inline(at: Any, cloud: Any) -> None:
    await at("gemini").ask(asking(TEXT, IMAGE, FILE))
    inline = [p["inline_data"] for p in content_sent(cloud, "gemini") if "inline_data" in p]
    assert [(i["mime_type"], i["data"]) for i in inline] == [
        ("image/png", PIXEL),
        ("application/pdf", PAGE),
    ]


async def test_ollama_gets_images_beside_the_text(at: Any, cloud: Any) -> None:
    await at("ollama").ask(asking(TEXT, IMAGE, IMAGE))
    message = cloud.requests[-1].json["messages"][0]
    assert message == {"role": "user", "content": "Look at this.", "images": [PIXEL, PIXEL]}


@pytest.mark.parametrize("part", [FILE, SOUND], ids=["file", "sound"])
async def test_what_ollama_cannot_take_goes_to_the_next_model_and_is_never_dropped(
    bench: Any, cloud: Any, local_model: Any, local_server: Any, part: Any
) -> None:
    b = bench({"first": model_at("ollama", cloud), "second": local_model})
    answered = await b.ask(asking(TEXT, part))
    assert [(a.model, a.error) for a in answered.attempts] == [
        ("first", "bad_request"),
        ("second", None),
    ]
    assert part in content_sent(local_server, "openai")
    assert not [r for r in cloud.requests if "chat" in r.path]


@pytest.mark.parametrize("wire", ["anthropic", "gemini", "ollama"])
@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "{}/cat.png"}},
        {"type": "image_url", "image_url": "{}/cat.png"},
        {"type": "file", "file": {"file_id": "{}/page.pdf", "format": "application/pdf"}},
        {"type": "file", "file": {"file_data": "gs://bucket/page.pdf"}},
        {"type": "video_url", "video_url": {"url": "{}/cat.mp4"}},
    ],
    ids=["image", "bare-image", "file", "bucket", "video"],
)
async def test_an_address_is_not_fetched_from_here(
    at: Any, cloud: Any, make_server: Any, wire: str, part: Any
) -> None:
    elsewhere = make_server()
    pointing = _with_address(part, elsewhere.url)
    error = await at(wire).error(asking(TEXT, pointing))
    assert [a.error for a in error.attempts] == ["bad_request"]
    assert elsewhere.accepted == 0
    assert b"Look at this." not in cloud.received


async def test_openai_may_be_given_an_address_and_fetches_it_itself(
    at: Any, cloud: Any, make_server: Any
) -> None:
    elsewhere = make_server()
    part = {"type": "image_url", "image_url": {"url": f"{elsewhere.url}/cat.png"}}
    await at("openai").ask(asking(TEXT, part))
    assert content_sent(cloud, "openai") == [TEXT, part]
    assert elsewhere.accepted == 0


def _with_address(value: Any, url: str) -> Any:
    if isinstance(value, dict):
        return {key: _with_address(inner, url) for key, inner in value.items()}
    return value.replace("{}", url)
