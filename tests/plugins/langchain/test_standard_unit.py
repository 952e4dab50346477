"""LangChain's own unit suite for chat models."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_ringfence import ChatRingfence
from ringfence import Router


class TestChatRingfenceUnit(ChatModelUnitTests):
    @pytest.fixture(autouse=True)
    def _engine(self, split_router: Router) -> None:
        self.router = split_router

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatRingfence

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"router": self.router}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "local-model"
