"""The other half of I1: the refusal names the labels and the commands that mend it, and shows no text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringfence import NotCleared, Router, Unavailable


@pytest.mark.invariant("I1", "I4")
def test_every_door_says_which_labels_and_what_would_allow_it(
    door: Any, cloud_only_policy: Path, labelled: str, beacon: bytes
) -> None:
    with pytest.raises(Exception, match="ollama pull") as caught:
        door(cloud_only_policy, labelled)
    message = str(caught.value)
    assert "phi" in message
    assert "ringfence policy check" in message
    assert beacon.decode() not in message
    assert "Ellison" not in message


def test_no_cleared_model_is_not_cleared(cloud_only_policy: Path, labelled: str) -> None:
    with Router.from_policy(cloud_only_policy) as router, pytest.raises(NotCleared) as caught:
        router.complete(labelled)
    assert {"phi", "pii"} <= set(caught.value.labels)


def test_a_cleared_model_that_is_down_is_unavailable(
    split_policy: Path, local_server: Any, labelled: str
) -> None:
    local_server.close()
    with Router.from_policy(split_policy) as router, pytest.raises(Unavailable) as caught:
        router.complete(labelled)
    assert {attempt.model for attempt in caught.value.attempts} == {"local-model"}


@pytest.mark.invariant("I10")
def test_the_completion_names_the_model_that_answered_and_each_attempt_before_it(
    split_policy: Path, cloud: Any, reply: Any, plain: str
) -> None:
    cloud.always(reply(status=401))
    with Router.from_policy(split_policy) as router:
        completion = router.complete(plain)
    assert (completion.model, completion.locality) == ("local-model", "local")
    assert [(attempt.model, attempt.error) for attempt in completion.attempts] == [
        ("cloud-model", "auth"),
        ("local-model", None),
    ]
