"""Loading a policy: what loads, and what each fault says and where."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import PolicyError, TrustError
from ringfence.rules import find_policy, load_policy, parse_policy
from ringfence.trust import digest_of
from ringfence.types import Clearance, Locality, TaskKind

GOOD = """\
ringfence: 1
name: acme
models:
  local-9b: {model: ollama_chat/qwen3.5:9b}
  sonnet: {model: anthropic/claude-sonnet-4.6}
routes:
  standard: [sonnet, local-9b]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, file="p.yaml", today=date(2026, 11, 24))
    return [str(problem) for problem in caught.value.problems]


def test_a_small_policy_loads_with_the_catalogues_facts() -> None:
    policy = parse_policy(GOOD)
    local, sonnet = policy.models["local-9b"], policy.models["sonnet"]
    assert (local.locality, local.clearance) == (Locality.LOCAL, Clearance(everything=True))
    assert (sonnet.locality, sonnet.clearance) == (Locality.CLOUD, Clearance())
    assert sonnet.key_env == "ANTHROPIC_API_KEY"
    assert policy.ref.digest == digest_of(GOOD.encode())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "sonnet, local",
            "sonet, local",
            "p.yaml:7:14: no model is called 'sonet' under 'models:'; did you mean 'sonnet'?",
        ),
        (
            "name: acme",
            "name: acme\nnaem: x",
            "p.yaml:3:1: unknown key 'naem'; did you mean 'name'?",
        ),
        (
            "name: acme",
            "name: acme\nname: x",
            "p.yaml:3:1: this key stands in line 2 already; keep one",
        ),
        (
            "name: acme",
            "name: acme\nextends: []",
            "p.yaml:3:1: names no base; take it out, or write [base.yaml]",
        ),
        (
            "anthropic/",
            "antropic/",
            "p.yaml:5:12: unknown provider 'antropic'; did you mean 'anthropic'?",
        ),
        (
            "4.6}",
            "4.6, clearance: [pii]}",
            "p.yaml:5:48: a model that is not local is cleared here without a reason; write 'because:'",
        ),
        (
            "4.6}",
            "4.6, locality: local}",
            "p.yaml:5:48: this endpoint is not on this machine, so it cannot be 'local'; write 'cloud'",
        ),
        (
            "4.6}",
            "4.6, locality: private}",
            "p.yaml:5:48: a private host must be listed under network.hosts with a 'because'",
        ),
        ("name: acme\n", "", "p.yaml:1:1: 'name' is missing; write it"),
    ],
)
def test_a_fault_says_where_it_is_and_what_to_write(old: str, new: str, expected: str) -> None:
    assert faults(GOOD.replace(old, new, 1)) == [expected]


def test_all_faults_are_reported_in_one_run() -> None:
    text = GOOD.replace("name: acme", "naem: acme").replace("9b]", "9c]")
    assert len(faults(text)) == 2


def test_an_unknown_price_is_an_error_and_never_zero() -> None:
    (fault,) = faults(GOOD.replace("claude-sonnet-4.6", "claude-brand-new-9"))
    assert "write its 'price: {input, output}'" in fault


def test_a_cloud_model_of_the_teams_own_loads_when_its_price_is_written() -> None:
    line = (
        "  own: {model: openai/own-model, base_url: http://127.0.0.1:9, locality: cloud, "
        "context_window: 4096, price: {input: 1.5, output: 2}}\n"
    )
    policy = parse_policy(GOOD.replace("routes:", line + "routes:"))
    own = policy.models["own"]
    assert own.locality is Locality.CLOUD
    assert (str(own.facts.input_usd), own.facts.context_window) == ("1.5", 4096)
    assert own.key_env is None, "a provider's key never goes to a host that is not the provider's"


def test_a_loopback_endpoint_may_be_written_down_to_cloud_but_a_cloud_never_up() -> None:
    base = GOOD.replace(
        "local-9b: {model: ollama_chat/qwen3.5:9b}",
        "local-9b: {model: ollama_chat/qwen3.5:9b, locality: cloud, price: {input: 0, output: 0}}",
    )
    assert parse_policy(base).models["local-9b"].clearance == Clearance()


@pytest.mark.invariant("I3")
def test_an_ollama_name_that_forwards_to_a_cloud_is_not_local() -> None:
    text = GOOD.replace("qwen3.5:9b", "qwen3.5:397b-cloud, locality: local")
    assert any("cannot be 'local'" in fault for fault in faults(text))


def test_a_private_host_needs_tls_unless_insecure_is_written() -> None:
    private = GOOD.replace(
        "routes:",
        "  rack: {model: openai/qwen3.5-72b, base_url: 'http://gpu1.acme.internal/v1'}\n"
        "network: {hosts: [{host: gpu1.acme.internal, because: our rack}]}\nroutes:",
    )
    assert any("needs https://" in fault for fault in faults(private))
    allowed = parse_policy(private.replace("/v1'}", "/v1', insecure: true}"))
    assert allowed.models["rack"].locality is Locality.PRIVATE
    assert allowed.models["rack"].clearance == Clearance()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"ringfence: 1\nname: \xff\xfe", "p.yaml:2:1: not UTF-8"),
        (b"a: [1", "not valid YAML"),
        (b"a: " + b"x" * 1_100_000, "p.yaml:0:0: the file is over 1,048,576 bytes"),
        (
            b"a: &a [1]\n"
            + b"b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            + b"".join(
                b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 10))
                for c in range(99, 106)
            ),
            "too many or too deeply nested values",
        ),
        (b"a: &a [*a]", "p.yaml:1:8: an alias of nothing that ends before it"),
        (b"\ta: 1", "p.yaml:1:1: a tab; write spaces"),
        (b"", "a policy is a mapping"),
        (b"- 1", "a policy is a mapping"),
    ],
)
def test_what_is_not_a_policy_is_refused_with_a_position(content: bytes, expected: str) -> None:
    with pytest.raises(PolicyError, match=r"p\.yaml") as caught:
        parse_policy(content, file="p.yaml")
    assert expected in str(caught.value)


def test_no_value_of_the_file_is_echoed() -> None:
    secret = "hunter" + "2-marker"
    text = GOOD.replace(
        "name: acme", f"name: acme\nserial: {secret}\nexpires: {secret}\ngate: {{names: {secret}}}"
    )
    assert all(secret not in fault for fault in faults(text))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_load_or_give_a_policy_error(content: bytes) -> None:
    try:
        parse_policy(content)
    except PolicyError as error:
        assert error.problems


@given(st.data())
def test_any_one_damaged_line_loads_or_gives_a_policy_error(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index] = data.draw(st.text(max_size=40))
    try:
        parse_policy("\n".join(lines))
    except PolicyError as error:
        assert all(problem.message for problem in error.problems)


def test_a_label_rule_may_not_test_what_is_known_only_later() -> None:
    rule = "rules: [{name: r, when: {task: simple}, label: pii}]\n"
    assert any("runs in the gate" in fault for fault in faults(GOOD + rule))


def test_a_regex_that_cannot_run_in_linear_time_is_refused() -> None:
    custom = "labels: {custom: [{label: pii, name: X, regex: '(a)\\1'}]}\n"
    assert any("linear time" in fault for fault in faults(GOOD + custom))


@pytest.mark.invariant("I7")
def test_the_pin_decides_whether_a_policy_loads(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(GOOD)
    digest = digest_of(path.read_bytes())
    assert load_policy(path, digest=digest).ref.digest == digest
    path.write_text(GOOD + "\n")
    with pytest.raises(TrustError) as caught:
        load_policy(path, env={"RINGFENCE_POLICY_DIGEST": digest})
    assert digest in str(caught.value)
    assert digest_of(path.read_bytes()) in str(caught.value)


def test_an_expired_policy_does_not_load() -> None:
    text = GOOD.replace("name: acme", "name: acme\nexpires: 2026-01-31")
    assert parse_policy(text, today=date(2026, 1, 31))
    with pytest.raises(TrustError, match="expired on 2026-01-31"):
        parse_policy(text, today=date(2026, 2, 1))


def test_no_policy_names_the_command_that_writes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(GOOD)
    (tmp_path / "ringfence.yaml").write_text(GOOD)
    with pytest.raises(PolicyError, match="ringfence policy init"):
        find_policy(None, {})
    assert find_policy(None, {"RINGFENCE_POLICY": "/a/b.yaml"}) == Path("/a/b.yaml")


def test_a_task_kind_without_a_route_of_its_own_uses_the_nearest() -> None:
    policy = parse_policy(GOOD)
    assert policy.route(TaskKind.GUI) == (TaskKind.STANDARD, ("sonnet", "local-9b"))


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("{proxy: 'http://me:mine@proxy:3128'}", "must be http"),
        ("{proxy: 'socks5://proxy:1080'}", "must be http"),
        ("{proxy: 'http://proxy:99999'}", "must be http"),
        ("{proxy_auth_env: PROXY_LOGIN}", "there is no 'proxy' beside it"),
    ],
)
def test_a_proxy_is_a_plain_address_and_its_password_stands_elsewhere(
    network: str, said: str
) -> None:
    with pytest.raises(PolicyError, match=said) as caught:
        parse_policy(GOOD + f"network: {network}\n")
    assert "mine" not in str(caught.value)
