"""Secrets told without their word right before: in calls, fields, answers, a sentence later. None stands whole."""

from __future__ import annotations

import json

import pytest

from ringfence.gate.recognizer import Text
from ringfence.gate.secrets import recognizers

WORD = "pass" + "word"
MARKED = "Tulip" + "!Garden9"
DRAWN = "fR9" + "kk2Lm"
PAIRED = "Kestrel-" + "Fjord-44"
KEY = "8f3b9c1e77d2" + "4a05b6e19c43"
TWELVE = "cabin orbit velvet ladder tiger mango pistol remind unfold hockey spray cattle"
TESTED = WORD + "123"


def find(text: str) -> list[str]:
    return [hit.why for item in recognizers() for hit in item.find(Text(value=text))]


HITS = {
    "a pronoun": f"Your {WORD} was reset. It's now {MARKED} - change it.",
    "the new one": f"the pw got reset, it's {PAIRED}. please change it",
    "German": f"Das Passwort wurde zurückgesetzt. Es lautet jetzt {MARKED}",
    "French": f"Mon mot de passe a été réinitialisé, c'est maintenant {MARKED}",
    "a guess": f"The admin changed the {WORD} last night. I think it is {MARKED} but maybe not.",
    "on the tape": f"pw for the router? tape under it says {DRAWN}",
    "typed at a prompt": f"sign in as 'intern2' and type {MARKED} when prompted for the {WORD}.",
    "a sentence later": f"The VPN {WORD} is kept by ops. We rotated it on Friday. {MARKED}",
    "a key on its own line": f"Below is the API key of the vendor. Never commit it.\n\n{KEY}",
    "a memorable word": "my memorable word, which is THUNDERBIRD, and passnumber 668992",
    "a pass number": "pass number 448210",
    "a memorable word after a colon": "memorable word: saffron",
    "a security phrase": "the security phrase is 'purple elephants dance'",
    "capitals": "Telephone banking: pass phrase MARMALADE SKIES",
    "an answer": "Security question: mother's maiden name, answer: Fitzherbert-Lane",
    "another answer": "answer to my security question: Rex",
    "seed words": f"my ledger backup, 12 words: {TWELVE}. how do i restore",
    "seed words in lines": "recovery words of the trezor\n" + TWELVE.replace(" ", "\n"),
    "seed words with numbers": "seed: " + " ".join(f"{i}. {w}" for i, w in enumerate(TWELVE.split(), 1)),
    "seed words first": f"{TWELVE}\n(is that a valid metamask phrase?)",
    "redis in Lua": f'c:auth("{MARKED}")',
    "a client's login": f"conn.Login('sa', '{MARKED}')",
    "a pair of arguments": f"session.auth = ('svc_jira', '{MARKED}')",
    "basic authentication": f"HTTPBasicAuth('svc', '{MARKED}')",
    "a database": f"mysqli_connect('db3', 'webapp', '{MARKED}', 'shop');",
    "a driver's connection": f'getConnection("jdbc:mysql://db/app", "app", "{MARKED}")',
    "keys sent to a field": f"find_element(By.ID, 'pass').send_keys('{MARKED}')",
    "a tool's arguments": json.dumps({"arguments": {"selector": "#pass", "value": MARKED}}),
    "a labelled field": json.dumps({"element": "Password field", "ref": "e12", "text": MARKED}),
    "a form": json.dumps([{"name": "Password", "type": "textbox", "value": DRAWN}]),
}  # fmt: skip
MISSES = {
    "a policy": f"The {WORD} policy changed. It's SHA256-based and uses PBKDF2 now.",
    "a class": "credentials: see config_overrides, an OpenTelemetryV2Config",
    "a tracker": f"Fix {WORD} check (ITS#9644), fix login (ITS#9656)",
    "advice": f"Is your {WORD} weak? Try adding digits!",
    "a version": "login is broken. It's fixed in v2.14.3-rc1.",
    "a commit": "access token rotation, see commit\n\n9fceb02d0ae598e95dc970b74767f19372d61af8",
    "a word of the day": "A memorable word for the team is resilience.",
    "an answer to a question": "The answer is forty-two. Every question has one.",
    "twelve words": "Twelve words about autumn: " + TWELVE,
    "prose about a wallet": "the wallet has room for cards and coins and your keys which you will like very much",
    "a host": "redis.connect('cache1'); login('web-01')",
    "a url": "authenticate('https://auth.acme.io/v2', 'client-7')",
    "a field without value": json.dumps({"name": WORD, "label": "Password", "text": "Forgot"}),
    "a test in JavaScript": f"it('rejects', () => {{ login('bob', '{TESTED}'); expect(err).toBe(true) }})",
    "a test in Python": f"def test_login(client):\n    client.post('/login', data={{'{WORD}': '{TESTED}'}})",
    "a fixture": f"assert check_{WORD}('{TESTED}', hash)",
    "an image's default": "POSTGRES_" + WORD.upper() + "=postgres",
    "the manual of curl": f"machine example.com login myself {WORD} secret",
    "a type": f"class Login(val user: String, val {WORD}: CharArray)",
    "another type": f"record Creds(String user, SecureString {WORD}) {{}}",
    "a slot": f"{WORD}: <{WORD.upper()}>, Passwort: [PASSWORT]",
}  # fmt: skip


@pytest.mark.parametrize("text", HITS.values(), ids=HITS.keys())
def test_a_secret_told_from_afar_is_found(text: str) -> None:
    assert find(text)


@pytest.mark.parametrize("text", MISSES.values(), ids=MISSES.keys())
def test_what_only_stands_near_such_words_is_let_go(text: str) -> None:
    assert find(text) == []
