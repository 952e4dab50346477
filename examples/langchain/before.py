"""A program on ChatOpenAI, before the swap. `swap.py` is the same program, two lines changed."""

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

TASKS = (
    "Give three names for a small coffee shop.",
    "Answer this guest: my card 4111 1111 1111 1111 was charged twice, please refund it.",
)


def main() -> None:
    llm = ChatOpenAI(model="gpt-5.4", temperature=0, max_tokens=80)
    for task in TASKS:
        answer = llm.invoke([SystemMessage("You answer in one short line."), HumanMessage(task)])
        print(task)
        print(f"  {answer.response_metadata['model_name']}: {answer.text.strip()}")
        print(f"  {answer.response_metadata.get('labels')} {answer.usage_metadata}")


if __name__ == "__main__":
    main()
