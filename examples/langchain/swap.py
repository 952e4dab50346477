"""`before.py`, routed. The whole diff:

-from langchain_openai import ChatOpenAI
+from langchain_ringfence import ChatRingfence

-    llm = ChatOpenAI(model="gpt-5.4", max_tokens=80)
+    llm = ChatRingfence(model="gpt-5.4", max_tokens=80, policy="examples/policy.yaml")

Run it from the top of the repository: python examples/langchain/swap.py. Without a key every answer comes from the
embedded model (135M parameters: proof that the path works, not quality). With OPENAI_API_KEY the first one comes from
gpt-5.4; the second names a card, so it stays on this machine, whatever the program prefers.
"""

from langchain_ringfence import ChatRingfence

TASKS = (
    "Give three names for a small coffee shop.",
    "Answer this guest: my card 4111 1111 1111 1111 was charged twice, please refund it.",
)


def main() -> None:
    llm = ChatRingfence(model="gpt-5.4", max_tokens=80, policy="examples/policy.yaml")
    for task in TASKS:
        answer = llm.invoke([("system", "You answer in one short line."), ("human", task)])
        print(f"{task}\n  {answer.response_metadata['model_name']}: {answer.text.strip()}")


if __name__ == "__main__":
    main()
