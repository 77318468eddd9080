"""The form in which names of treatments are compared: in the knowledge and in records alike."""

from __future__ import annotations

from ..model.knowledge import Agent


def plain(name: str) -> str:
    """Lower case, with spaces and underscores as hyphens."""
    return "-".join(name.strip().lower().replace("_", " ").replace("-", " ").split())


def names_of(agent: Agent) -> tuple[str, ...]:
    """Every written form of an agent, each once, in the form in which names are compared."""
    return tuple(dict.fromkeys(plain(name) for name in (agent.id, agent.title, *agent.names, *agent.brands)))
