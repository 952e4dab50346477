"""The shipped catalogue says what the guide says, finds a model under its names, and cites every figure."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ringfence.catalog import load_catalog, parse_catalog
from ringfence.catalog.schema import CatalogFile

FOLDER = resources.files("ringfence.catalog")
MODELS = (FOLDER / "catalog.yaml").read_bytes()
PROVIDERS = (FOLDER / "providers.yaml").read_bytes()

# The guide's table "The 2026 Provider Landscape".
GUIDE_CLOUD = [
    ("gemini/gemini-2.5-flash-lite", "0.10", "0.40", 1_048_576),  # "Large"
    ("xai/grok-4.1-fast", "0.20", "0.50", 2_000_000),
    ("zai/glm-5", "1.00", "3.20", 203_000),
    ("xai/grok-4.20-reasoning", "2.00", "6.00", 2_000_000),
    ("gemini/gemini-3.1-pro", "2.00", "12.00", 1_048_576),  # "1–2M"
    ("openai/gpt-5.4", "2.50", "15.00", 1_000_000),
    ("anthropic/claude-sonnet-4.6", "3.00", "15.00", 200_000),
    ("anthropic/claude-opus-4.6", "5.00", "25.00", 1_000_000),
]
# The guide's table "Practical Hardware Options in 2026".
GUIDE_LOCAL = [
    (
        "ollama_chat/qwen3.5:2b",
        "2",
        "Any modern GPU / Apple Silicon",
        "Edge devices, lightweight tasks",
    ),
    ("ollama_chat/qwen3.5:9b", "6.49", "RTX 4080, M-series Mac", "General agent workloads"),
    ("ollama_chat/qwen3.5:14b", "9", "RTX 4090", "Higher quality general tasks"),
    ("ollama_chat/qwen3.5:72b", "45", "A6000 workstation", "Near-frontier quality"),
    (
        "ollama_chat/qwen3.5:397b",
        None,
        "Enterprise cluster (multi-GPU)",
        "Enterprise on-premise standard",
    ),
    ("hosted_vllm/llama-4-scout", "62.5", "Single H100", "Research, high-quality local"),
    ("hosted_vllm/llama-4-maverick", "216", "3× H100", "Enterprise frontier local"),
]
# The guide's table "The Hardware Barrier" and its text.
GUIDE_HARDWARE = [
    ("rtx-4080", "16", "700", "700"),
    ("rtx-4090", "24", "2000", "2000"),
    ("a6000", "48", "4000", "6000"),
    ("a100-80gb", "80", "10000", "10000"),
    ("h100-cluster", "240", "30000", "100000"),
]


@pytest.mark.parametrize(("key", "price_in", "price_out", "window"), GUIDE_CLOUD)
def test_the_guides_cloud_models_have_the_guides_prices_and_windows(
    key: str, price_in: str, price_out: str, window: int
) -> None:
    facts = load_catalog().models[key]
    assert (facts.input_usd, facts.output_usd) == (Decimal(price_in), Decimal(price_out))
    assert facts.context_window == window
    assert "price: guide" in facts.sources
    assert (facts.tools, facts.retires, facts.self_served) == ("native", None, False)


def test_the_range_that_the_guide_gives_for_gpt_is_kept() -> None:
    facts = load_catalog().models["openai/gpt-5.4"]
    assert (facts.output_usd, facts.output_usd_to) == (Decimal(15), Decimal(20))
    assert any("15–20" in note for note in facts.notes)


@pytest.mark.parametrize(("key", "vram", "target", "use"), GUIDE_LOCAL)
def test_the_guides_local_models_have_its_memory_hardware_and_use(
    key: str, vram: str | None, target: str, use: str
) -> None:
    facts = load_catalog().models[key]
    assert facts.vram_gb == (None if vram is None else Decimal(vram))
    assert (facts.target, facts.strength) == (target, use)
    assert (facts.input_usd, facts.output_usd, facts.self_served) == (Decimal(0), Decimal(0), True)


@pytest.mark.parametrize(("key", "vram", "low", "high"), GUIDE_HARDWARE)
def test_the_guides_hardware_has_its_prices(key: str, vram: str, low: str, high: str) -> None:
    machine = load_catalog().hardware[key]
    assert (machine.vram_gb, machine.usd_from, machine.usd_to) == (
        Decimal(vram),
        Decimal(low),
        Decimal(high),
    )


def test_every_machine_has_the_memory_for_the_models_it_serves() -> None:
    catalog = load_catalog()
    for machine in catalog.hardware.values():
        for key in machine.serves:
            assert (catalog.models[key].vram_gb or Decimal(0)) <= machine.vram_gb
            assert machine.key in catalog.models[key].runs_on or key.endswith((":2b", ":9b"))


@pytest.mark.parametrize(
    ("key", "day"),
    [("gemini/gemini-3-pro", date(2026, 3, 9)), ("openai/gpt-5.2-thinking", date(2026, 6, 5))],
)
def test_the_models_that_the_guide_saw_retire_are_there_with_their_day(key: str, day: date) -> None:
    assert load_catalog().models[key].retires == day


@pytest.mark.parametrize(
    ("asked", "title", "served"),
    [
        ("anthropic/claude-sonnet-4.6", "Anthropic Claude Sonnet 4.6", "claude-sonnet-4-6"),
        ("anthropic/claude-sonnet-4-6", "Anthropic Claude Sonnet 4.6", "claude-sonnet-4-6"),
        ("Anthropic/Claude-Opus-4.6", "Anthropic Claude Opus 4.6", "claude-opus-4-6"),
        ("gemini/gemini-3.1-pro-preview", "Google Gemini 3.1 Pro", "gemini-3.1-pro-preview"),
        ("xai/grok-4-1-fast", "xAI Grok 4.1 Fast", "grok-4-1-fast-reasoning"),
        ("azure/gpt-5.4", "OpenAI GPT-5.4 on Azure", "gpt-5.4"),
        ("ollama/qwen3.5:9b", "Qwen 3.5 9B (Q4)", "qwen3.5:9b"),
        ("openai/qwen3.5-72b", "Qwen 3.5 72B (Q4)", "qwen3.5-72b"),
        ("hosted_vllm/Qwen/Qwen3.5-72B", "Qwen 3.5 72B (Q4)", "Qwen/Qwen3.5-72B"),
        ("ollama_chat/llama4:scout", "Llama 4 Scout (INT4)", "llama4:scout"),
        ("embedded/smollm2-135m", "SmolLM2 135M Instruct, inside ringfence", "smollm2-135m"),
    ],
)
def test_a_model_is_found_under_each_of_its_names(asked: str, title: str, served: str) -> None:
    facts = load_catalog().find(asked)
    assert facts is not None
    assert (facts.title, facts.served) == (title, served)


@pytest.mark.parametrize(
    "asked",
    [
        "openrouter/qwen3.5-72b",  # somebody else serves it, so it has a price that we do not know
        "ollama_chat/qwen3.5:397b-cloud",  # Ollama would forward it
        "openai/gpt-9",
        "gpt-5.4",
        "",
        "/",
    ],
)
def test_a_model_that_is_not_known_is_not_guessed(asked: str) -> None:
    assert load_catalog().find(asked) is None


@given(st.text(max_size=60))
def test_find_takes_any_text(text: str) -> None:
    assert load_catalog().find(text) is None or "/" in text


def test_every_model_is_found_by_its_own_key() -> None:
    catalog = load_catalog()
    for key, facts in catalog.models.items():
        assert catalog.find(key) == facts


def test_every_provider_of_a_model_is_a_row_and_every_row_has_a_source() -> None:
    catalog = load_catalog()
    assert {facts.provider for facts in catalog.models.values()} <= set(catalog.providers)
    assert all(provider.source for provider in catalog.providers.values())
    assert all(facts.sources for facts in catalog.models.values())


def test_openai_wire_providers_have_an_address_and_clouds_of_them_a_key() -> None:
    for provider in load_catalog().providers.values():
        if provider.wire == "openai":
            assert provider.base_url is not None
            local = provider.base_url.startswith("http://127.0.0.1")
            assert (provider.key_env is None) == local
            assert local or provider.base_url.startswith("https://")


def test_default_base_url_of_a_provider() -> None:
    catalog = load_catalog()
    assert catalog.default_base_url("xai") == "https://api.x.ai/v1"
    assert catalog.default_base_url("anthropic") is None
    assert catalog.default_base_url("nobody") is None


def test_the_digest_is_of_the_exact_bytes_of_both_files() -> None:
    assert load_catalog().digest == f"sha256:{hashlib.sha256(MODELS + PROVIDERS).hexdigest()}"
    assert parse_catalog(MODELS + b"\n", PROVIDERS).digest != load_catalog().digest
    assert load_catalog() is load_catalog()


def test_the_catalogue_cannot_be_changed_by_who_reads_it() -> None:
    with pytest.raises(TypeError):
        load_catalog().models["x/y"] = load_catalog().models["zai/glm-5"]  # type: ignore[index]


def _changed(path: list[str], value: Any) -> bytes:
    document = yaml.safe_load(MODELS)
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return yaml.safe_dump(document).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["models", "zai/glm-5", "colour"], "red"),
        (["models", "zai/glm-5", "price"], {"input": "1", "output": "2"}),
        (["models", "zai/glm-5", "price"], {"input": "1", "output": "2", "source": "hearsay"}),
        (["models", "zai/glm-5", "price"], {"input": "-1", "output": "2", "source": "guide"}),
        (
            ["models", "zai/glm-5", "hosting"],
            {"target": "x", "runs_on": ["abacus"], "source": "guide"},
        ),
        (["hardware", "a6000", "serves"], ["ollama_chat/nothing"]),
        (["format"], 2),
    ],
)
def test_data_without_a_source_or_off_the_schema_does_not_load(path: list[str], value: Any) -> None:
    with pytest.raises(ValidationError):
        parse_catalog(_changed(path, value), PROVIDERS)


def test_a_model_without_a_price_has_none_rather_than_zero() -> None:
    catalog = parse_catalog(_changed(["models", "zai/glm-5", "price"], None), PROVIDERS)
    assert catalog.models["zai/glm-5"].input_usd is None


def test_every_source_is_used() -> None:
    file = CatalogFile.model_validate(yaml.safe_load(MODELS))
    used = {part.source for model in file.models.values() for part in model.figures().values()}
    used |= {machine.source for machine in file.hardware.values()}
    assert set(file.sources) - used == {"ollama"}  # named in notes alone
