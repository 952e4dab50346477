"""From a Decision to an answer: over real wires, through every fault, and to no model that is not cleared."""

from ringfence.dispatch.attempts import AttemptRecorder
from ringfence.dispatch.dispatcher import Answered, Dispatcher
from ringfence.dispatch.preparing import endpoint_name

__all__ = ["Answered", "AttemptRecorder", "Dispatcher", "endpoint_name"]
