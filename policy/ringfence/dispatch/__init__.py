"""From a Decision to an answer: over real wires, through every fault, and to no model that is not cleared."""

from ringfence.dispatch.attempts import AttemptRecorder
from ringfence.dispatch.dispatcher import Answered, Dispatcher
from ringfence.dispatch.failures import advice_on
from ringfence.dispatch.health import FAILURES_TO_OPEN
from ringfence.dispatch.preparing import endpoint_name

__all__ = [
    "FAILURES_TO_OPEN",
    "Answered",
    "AttemptRecorder",
    "Dispatcher",
    "advice_on",
    "endpoint_name",
]
