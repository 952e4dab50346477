"""Leaves out what stands beside a text and says nothing of it: notices at the foot of mails, fingerprints of keys."""

from __future__ import annotations

import re

_ASTRAY = re.compile(
    r"\b(?:not (?:the|an) (?:intended|named|correct) (?:recipient|addressee)"
    r"|(?:received|got) (?:this|it|the)\b[^.\n]{0,40} (?:in|by) (?:error|mistake)"
    r"|nicht der (?:richtige|vorgesehene|beabsichtigte) (?:adressat|empfänger)"
    r"|irrtümlich erhalten|pas le destinataire|reçu (?:ce|cet) [^.\n]{0,30}par erreur|no es el destinatario"
    r"|recibido [^.\n]{0,40}por error|non (?:è|siete) il destinatario|não (?:é|for) o destinatário"
    r"|niet de geadresseerde|nie (?:jest|są) [^.\n]{0,20}adresatem)\b",
    re.IGNORECASE,
)
"""Only a notice speaks to those whom a mail was not meant for."""
_SENTENCE = re.compile(r"[^.!?\n]{1,1000}[.!?\n]{0,8}")
_NOTICE = re.compile(
    r"\b(?:confidentiality (?:notice|statement)|disclaimer|intended (?:only|solely|exclusively)"
    r"|(?:this|the) (?:e-?mail|message|communication|transmission)\b[^.\n]{0,80}\b(?:confidential|privileged)"
    r"|(?:it|and) (?:may|is|are)\b[^.\n]{0,40}\bprivileged)",
    re.IGNORECASE,
)
_MEANT = re.compile(r"\b(?:attorney|solicitor|work[ -]product|counsel)\b", re.IGNORECASE)
_MAY = re.compile(r"\bmay\b", re.IGNORECASE)
_FINGERPRINT = re.compile(r"\bfingerprint(?:s|ed|ing)?\b", re.IGNORECASE)
_KEY = re.compile(
    r"\b(?:ssh|sha-?(?:1|256|512)|md5|ed25519|ecdsa|rsa|gpg|pgp|tls|x\.?509|host key|public key|signing key"
    r"|certificates?|canvas|browser|user[- ]agent|checksum|cookie|hash(?:es)?)\b",
    re.IGNORECASE,
)
_FINGER = re.compile(
    r"\b(?:biometric\w*|finger (?:scan|reader)|iris|face|police|convicted|employees?|applicants?|suspects?)\b",
    re.IGNORECASE,
)


def without_asides(window: str) -> str:
    """The window without the sentences of a notice, and without fingerprints where those are of keys."""
    if _ASTRAY.search(window):
        window = _SENTENCE.sub(lambda found: "" if _is_notice(found[0]) else found[0], window)
    if _FINGERPRINT.search(window) and _KEY.search(window) and not _FINGER.search(window):
        window = _FINGERPRINT.sub("hash", window)
    return window


def _is_notice(sentence: str) -> bool:
    if _NOTICE.search(sentence) is None:
        return False
    return _MEANT.search(sentence) is None or _MAY.search(sentence) is not None
