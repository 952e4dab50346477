"""The token estimate against tiktoken's encodings, and what it does with any text."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.costs import count_tokens

ENGLISH = """\
The committee met on Thursday to discuss the proposed extension of the northern tram line. Several members asked why
the estimate had grown by almost a third since the spring, and the engineer answered that the survey of the old bridge
had found corrosion in two of its piers. "We can strengthen them," she said, "or we can build beside them; both cost
money, and only one of them costs it once." After some debate the matter was put off until the autumn, when the ferry
company's own figures are expected. Residents who want to comment may write to the office before the end of the month.
"""

CODE = '''\
def parse_header(line: str, *, strict: bool = True) -> tuple[str, str]:
    """Split `Name: value`, trimming blanks around both."""
    name, colon, value = line.partition(":")
    if not colon or (strict and name != name.strip()):
        raise HeaderError(f"line {line!r} is not a header")
    return name.strip().lower(), value.strip()


class Cache:
    def __init__(self, capacity: int = 128) -> None:
        self._items: dict[str, bytes] = {}
        self._capacity = capacity

    def get(self, key: str) -> bytes | None:
        value = self._items.pop(key, None)
        if value is not None:
            self._items[key] = value  # most recently used last
        return value
'''

RECORDS = json.dumps(
    [
        {
            "order_id": 48210 + index,
            "customer": {"name": "Anneke Visser", "city": "Utrecht"},
            "lines": [{"sku": f"TX-{index:04d}", "quantity": index + 1, "price": 12.5 * index}],
            "status": "shipped",
        }
        for index in range(12)
    ],
    indent=2,
)

LOG = "\n".join(
    f"2026-03-{day:02d}T08:1{day % 10}:07.{day * 31 % 1000:03d}Z WARN [pool-{day}] c.acme.billing.Charge - "
    f"retry {day} of 5 for invoice {90210 + day}, upstream answered 503 after {day * 17} ms"
    for day in range(1, 25)
)

CHINESE = (
    "本季度的销售额比去年同期增长了百分之十二，主要得益于新产品的推出和海外市场的扩大。"
    "公司计划在明年第一季度再招聘三十名工程师，并在新加坡设立办事处。"
)
JAPANESE = (
    "来週の会議では、新しい料金体系について話し合う予定です。"
    "資料は前日までに共有してください。質問があれば、いつでも連絡してください。"
)


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """tiktoken reads the encodings that litellm ships, so nothing is downloaded."""
    tiktoken = pytest.importorskip("tiktoken")
    # The folder is found without importing litellm, which takes seconds.
    import importlib.util

    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        pytest.skip("litellm's bundled encodings are not installed")
    folder = Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(folder))
    return {name: tiktoken.get_encoding(name) for name in ("o200k_base", "cl100k_base")}


@pytest.mark.parametrize(
    ("name", "text", "tolerance"),
    [
        ("english", ENGLISH, 0.12),
        ("code", CODE, 0.12),
        ("json", RECORDS, 0.12),
        ("log", LOG, 0.12),
        ("english and code", f"{ENGLISH}\n```python\n{CODE}```", 0.10),
    ],
)
def test_the_estimate_is_close_to_both_encodings(
    encodings: dict[str, object], name: str, text: str, tolerance: float
) -> None:
    for encoding in encodings.values():
        real = len(encoding.encode(text))  # type: ignore[attr-defined]
        assert abs(count_tokens(text) - real) <= real * tolerance


@pytest.mark.parametrize("text", [CHINESE, JAPANESE])
def test_chinese_and_japanese_are_within_a_third_of_o200k(
    encodings: dict[str, object], text: str
) -> None:
    real = len(encodings["o200k_base"].encode(text))  # type: ignore[attr-defined]
    assert abs(count_tokens(text) - real) <= real / 3


def test_the_empty_text_has_no_tokens_and_any_other_at_least_one() -> None:
    assert count_tokens("") == 0
    assert count_tokens(" ") == 1


@given(st.text(min_size=1, max_size=2000))
def test_any_text_has_a_sensible_number_of_tokens(text: str) -> None:
    tokens = count_tokens(text)
    assert 1 <= tokens <= 3 * len(text) + 1
    assert tokens == count_tokens(text)


@given(st.text(max_size=300), st.text(max_size=300))
def test_two_texts_together_are_about_the_sum_of_both(first: str, second: str) -> None:
    assert abs(count_tokens(first + second) - count_tokens(first) - count_tokens(second)) <= 8


@pytest.mark.parametrize("piece", ["a", " ", "A", "{", "9", "字", "😀", "\n", "aB3_", "é"])
def test_megabytes_of_anything_scale_with_their_length(piece: str) -> None:
    """A long text is judged by a megabyte of it, so the count must still grow with the whole."""
    short, long = count_tokens(piece * 200_000), count_tokens(piece * 3_000_000)
    assert long == pytest.approx(15 * short, rel=0.02, abs=120)


def test_a_long_mixed_text_is_counted_from_evenly_spaced_parts() -> None:
    text = (ENGLISH + CODE) * 2000
    assert count_tokens(text) == pytest.approx(2000 * count_tokens(ENGLISH + CODE), rel=0.03)


def test_the_weights_need_no_file_at_run_time() -> None:
    assert {
        path.name for path in resources.files("ringfence.costs").iterdir() if path.is_file()
    } >= {"tokens.py"}
    assert not [
        path for path in resources.files("ringfence.costs").iterdir() if path.name.endswith(".json")
    ]
