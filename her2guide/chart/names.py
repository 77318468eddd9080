"""A treatment's name or code as written -> the agent it means.

In: ids, names, brands and codes of the library's agents. Out: an agent id or None.
Names match whole, never in part: an antibody is not the conjugates that are named after it.
"""

from __future__ import annotations

from ..errors import nearest
from ..library.library import Library
from ..library.names import names_of, plain


class AgentNames:
    """The look-up from every written form of an agent to its id."""

    def __init__(self, library: Library) -> None:
        self.ids: dict[str, str] = {}
        self.codes: dict[tuple[str, str], str] = {}
        for agent in library.agents.values():
            self.ids.update(dict.fromkeys(names_of(agent), agent.id))
            for system, codes in agent.codes.items():
                if system != "atc":  # some ATC codes are shared by several forms of a drug
                    self.codes.update({(system, code): agent.id for code in codes})

    def agent(self, name: str) -> str | None:
        return self.ids.get(plain(name))

    def coded(self, system: str, code: str) -> str | None:
        return self.codes.get((system, code))

    def nearest(self, name: str) -> str:
        """A hint for a slip of the pen only: another drug with a similar name must not be proposed."""
        slip = nearest(plain(name), self.ids, alike=0.88)
        return slip or "Write the parts of a combination as one entry each; `her2guide book` lists the agents."
