"""A program on ChatOpenAI, before the swap. `swap.py` is the same program, two lines changed."""

from langchain_openai import ChatOpenAI

TASKS = (
    "Give three names for a small coffee shop.",
    "Answer this guest: my card 4111 1111 1111 1111 was charged twice, please refund it.",
)


def main() -> None:
    llm = ChatOpenAI(model="gpt-5.4", max_tokens=80)
    for task in TASKS:
        answer = llm.invoke([("system", "You answer in one short line."), ("human", task)])
        print(f"{task}\n  {answer.response_metadata['model_name']}: {answer.text.strip()}")


if __name__ == "__main__":
    main()
