"""Two agents and a tool; the policy decides which model answers each of their calls.

Run it from the top of the repository: python examples/crewai/crew.py. Without a key or an Ollama every call goes to
the embedded model (135M parameters: proof that the path works, not quality). The last crew has a card number in its
task and a policy with no local model for it: it is stopped at its first call, and nothing is sent.
"""

import os

# Before crewai is imported: its telemetry sends usage, and waits 10 s for a network at exit; its tracing sends prompts.
os.environ.setdefault("CREWAI_DISABLE_TELEMETRY", "true")
os.environ.setdefault("CREWAI_TRACING_ENABLED", "false")

from crewai import Agent, Crew, Task
from crewai.tools import tool

from crewai_ringfence import CallDenied, RingfenceLLM

STOCK = {"A7": 12, "B2": 0}


@tool("stock", result_as_answer=True)
def stock(item: str) -> str:
    """Look up how many of an item are in stock."""
    return f"There are {STOCK.get(item, 0)} of {item} in stock."


def shop_crew(llm: RingfenceLLM, question: str) -> Crew:
    clerk = Agent(
        role="Clerk",
        goal="Look up the stock with the stock tool.",
        backstory="You always call the stock tool before you answer.",
        llm=llm,
        tools=[stock],
        max_iter=2,
    )
    writer = Agent(
        role="Writer", goal="Write one sentence", backstory="You are brief.", llm=llm, max_iter=1
    )
    look = Task(description=question, expected_output="The result of the tool", agent=clerk)
    tell = Task(
        description="Tell the customer how many are in stock.",
        expected_output="One sentence",
        agent=writer,
        context=[look],
    )
    return Crew(agents=[clerk, writer], tasks=[look, tell], verbose=False)


def main() -> None:
    llm = RingfenceLLM(policy="examples/policy.yaml", temperature=0, max_tokens=48, seed=1)
    question = "How many of item A7 are in stock? Call the tool stock with item A7."
    result = shop_crew(llm, question).kickoff()
    for output in result.tasks_output:
        print(f"{output.agent}: {output.raw.strip()}")
    print(f"tokens: {result.token_usage.total_tokens}")
    llm.close()

    strict = RingfenceLLM(policy="examples/crewai/cloud-only.yaml")
    try:
        shop_crew(strict, "Refund the card 4111 1111 1111 1111 for item B2.").kickoff()
    except CallDenied as denied:
        print(f"stopped: {denied}")
    strict.close()


if __name__ == "__main__":
    main()
