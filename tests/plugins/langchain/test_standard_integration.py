"""LangChain's own integration suite, the parts that ask nothing of a model's wits, against a real local server.

Tool and structured-output tests of the suite need a model that chooses; ours are in `test_tools.py`.
"""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests

from langchain_ringfence import ChatRingfence
from ringfence import Router


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
class TestChatRingfenceIntegration(ChatModelIntegrationTests):
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
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "local-model"
