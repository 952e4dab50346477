"""That the policy in force is the one that was approved: digests, locks, signatures, and the trust root.

This room knows bytes, names and keys, and nothing of what a policy says. The order of reading is `lock`, `envelope`,
`root`, `approval`.
"""

from ringfence.trust.approval import Approval, Evidence, Review, approve, review, untrusted
from ringfence.trust.digests import check_pin, digest_of
from ringfence.trust.envelope import PAYLOAD_TYPE, BadEnvelope, Checked, Signatures
from ringfence.trust.keys import BadKey, PublicKey, TrustedKey, read_public_key
from ringfence.trust.lock import BadLock, Lock
from ringfence.trust.root import BadRoot, TrustRoot, make_root

__all__ = [
    "PAYLOAD_TYPE",
    "Approval",
    "BadEnvelope",
    "BadKey",
    "BadLock",
    "BadRoot",
    "Checked",
    "Evidence",
    "Lock",
    "PublicKey",
    "Review",
    "Signatures",
    "TrustRoot",
    "TrustedKey",
    "approve",
    "check_pin",
    "digest_of",
    "make_root",
    "read_public_key",
    "review",
    "untrusted",
]
