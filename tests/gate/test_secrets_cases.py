"""Secrets that are found and near misses that are not. Every secret is put together here, none stands in the file."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.secrets import recognizers

RANDOM = "q7Xz" + "9LmP" + "2vRt" + "8KwB" + "4nJd"
PEM = "-----BEGIN {} PRIVATE KEY-----".format("RSA")
BODY = "\n".join(["MIIEow" + "IBAAKC" * 8] * 3)
WORD = "pass" + "word"


def jwt() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "17", "name": "A. B."})
    head = ".".join(
        base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts
    )
    return head + "." + "s" * 43


def find(text: str, key: str = "") -> list[Hit]:
    return [hit for item in recognizers() for hit in item.find(Text(value=text, key=key))]


HITS = {
    "a PEM key": f"here:\n{PEM}\n{BODY}\n-----END RSA PRIVATE KEY-----",
    "a PEM key on one line": f'key = "{PEM}\\n{BODY[:40]}"',
    "a token with claims": f"Authorization: {jwt()}",
    "a token without signature": jwt().rsplit(".", 1)[0],
    "a database address": "postgres://svc:" + "Tr0ub4dor" + "@db.acme.io:5432/app",
    "an address with a plain user": "https://username:" + WORD + "@internal.acme.io",
    "a mongo address": "mongodb+srv://app:" + RANDOM + "@cluster0.mongodb.net",
    "a redis address without user": "redis://:" + RANDOM + "@cache:6379/0",
    "an ODBC string": "Server=db1;Database=app;Uid=sa;Pwd=" + "Winter" + "2031;",
    "an environment file": "DEBUG=1\nDB_PASSWORD=" + "correcthorse\n",
    "yaml": "smtp:\n  user: mailer\n  " + WORD + ": s3" + "cretMail9\n",
    "code": 'client = Client(api_key="' + RANDOM + '")',
    "a typed field": 'API_TOKEN: str = "' + RANDOM + '"',
    "a quoted word": WORD + ' = "sunshine"',
    "json": json.dumps({"client_secret": RANDOM}),
    "a header": "X-Api-Key: " + RANDOM,
    "a bearer header": "Authorization: Bearer " + RANDOM * 2,
    "xml": "<" + WORD + ">" + "S3cure" + "Pass!" + "</" + WORD + ">",
    "sql": "ALTER USER app IDENTIFIED BY '" + "Gr8" + "Wall!'",
    "a flag": "mysql -u root -p" + "Gr8Wall" + "99 shop",
    "curl with a user": "curl -u admin:" + "Gr8Wall" + "99 https://x.acme.io",
    "a command's token": "deploy --token " + RANDOM,
    "netrc": "machine git.acme.io login bob " + WORD + " " + RANDOM,
    "npmrc": "//registry.npmjs.org/:_auth" + "Token=" + RANDOM,
    "docker": json.dumps({"auths": {"r": {"auth": base64.b64encode(b"bob:" + RANDOM.encode()).decode()}}}),
    "kubeconfig": "client-key-data: " + base64.b64encode(RANDOM.encode() * 3).decode(),
    "a seed phrase": "my seed phrase is " + " ".join(["apple", "river", "stone"] * 4),
    "told": "The " + WORD + " is " + "hunter" + "2!",
    "told for a thing": "the wifi " + WORD + " for the guest network is " + "BlueHouse" + "77",
    "told by with": "log in as bob with " + WORD + " Qr7" + "!dke#39",
    "told quoted with a space": "with " + WORD + " 'RBI " + "Pay2024!'",
    "told in Spanish": "la contraseña es " + "Verano" + "2031",
    "told in Chinese": "密码是" + "Xiao" + "ming88",
    "a pair": "creds: root / " + "T00r" + "T00r!",
    "a pair after a mail": "credentials: maria@acme.io / " + "Secure" + "P@ss89",
    "two lines": "Username: jdoe\nPassword: " + "Tiger" + "Lily5",
    "a PIN": "the alarm code is 48" + "21",
    "a hash of a password": "bob:$2b$12$" + "N9qo8uLOickgx2ZMRZoMye" * 2 + "abcdefghi",
    "a webhook": "https://hooks.slack.com/" + "services/T0" + "1AB2CD3/B0" + "4EF5GH6/" + RANDOM,
}  # fmt: skip
MISSES = {
    "a git SHA": "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "a UUID": "id: 123e4567-e89b-12d3-a456-426614174000",
    "a lock file": '"integrity": "sha512-' + "Zm9vYmFy" * 8 + '=="',
    "an image": "![x](data:image/png;base64," + "iVBORw0KGgo" * 9 + ")",
    "a variable": f"{WORD} = os.environ['DB_PASSWORD']",
    "a template": "api_key: ${API_KEY}",
    "a template of jinja": WORD + ": {{ vault_db_password }}",
    "a GitHub secret": "token: ${{ secrets.GITHUB_TOKEN }}",
    "your key": 'api_key = "<your-api-key>"',
    "crosses": 'api_key = "xxxxxxxxxxxxxxxx"',
    "change me": WORD + "=changeme",
    "a parameter": f"def login(user: str, {WORD}: str) -> Token:",
    "a prompt": f'{WORD} = getpass.getpass("Password: ")',
    "a name": f"{WORD} = self.password",
    "a label": '"password": "Enter your password"',
    "a form": f'<input type="{WORD}" name="{WORD}" autocomplete="new-password">',
    "limits of tokens": "max_tokens: 4096, token_count=812",
    "a cursor": "next_page_token: 'CAUQAA12345678'",
    "a type of token": "token_type: bearer",
    "a tokenizer": 'tokenizer = "bert-base-uncased-2018"',
    "advice": f"Your {WORD} must contain at least 8 characters.",
    "an error": f"Failed {WORD} for invalid user guest from 203.0.113.9 port 48122 ssh2",
    "a refusal": f"the {WORD} is incorrect",
    "a reset": f"Click the link to reset your {WORD} within 24 hours.",
    "a documented example": "AKIA" + "IOSFODNN7EXAMPLE",
    "an address without secret": "https://host:8080/@scope/package",
    "an address of the manual": "postgres://user:" + WORD + "@localhost/db",
    "a public key": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
    "code that looks for keys": 'if "-----BEGIN RSA PRIVATE KEY-----" in text:',
    "three dots of text": "eyJhbG.eyJzdW.abcdef",
    "a checksum": "sha256: " + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "a primary key": "primary_key = 'user_id_2024'",
    "a ratio": "accounts/users ratio 12:30",
}  # fmt: skip


@pytest.mark.parametrize("text", HITS.values(), ids=HITS.keys())
def test_a_secret_is_found(text: str) -> None:
    hits = find(text)
    assert hits
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)


@pytest.mark.parametrize("text", MISSES.values(), ids=MISSES.keys())
def test_what_only_looks_like_a_secret_is_let_go(text: str) -> None:
    assert [hit.why for hit in find(text)] == []


def test_the_key_that_leads_to_a_text_names_a_secret() -> None:
    assert find("sunshine", key="db password")
    assert find(RANDOM, key="client secret")
    assert find(RANDOM, key="cache key") == []
    assert find("${SECRET}", key="db password") == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises_and_offsets_stay_inside(text: str) -> None:
    assert all(0 <= hit.start < hit.end <= len(text) for hit in find(text))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    [
        "pass" + "word ",
        "login :",
        "://a:",
        "eyJ",
        "api_key=",
        "-----BEGIN ",
        "a.",
        'token"',
        "İ",
        "AP0",
        "xox",
    ],
)
def test_hostile_repetition_is_read_to_its_end(piece: str) -> None:
    find(piece * (60_000 // len(piece)))
