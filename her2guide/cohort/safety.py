"""How regimens stand where they are brought up, written into a plan.

In: what is known of each fact, as slots, and the safety rules that stand with each agent. Out: slots by standing. The
meaning is that of `engine.safety`; a generated test holds the two together. It gives no findings.
"""

from __future__ import annotations

from ..library.library import Library
from ..model.guidance import BEST_FIRST, Standing
from ..model.knowledge import Agent, Regimen
from .conditions import Conditions
from .plan import EVERYTHING, NOTHING, Slot

# For each standing but the best: the rows that stand at least so badly.
Levels = tuple[Slot, Slot, Slot]


class Safety:
    """How regimens stand; each agent and regimen is worked out once."""

    def __init__(self, library: Library, found: Conditions) -> None:
        self.library, self.found = library, found
        self.regimens: dict[str, Levels] = {}
        self.agents: dict[tuple[str, Conditions], Levels] = {}

    def option(self, name: str, brought_up: Slot) -> dict[Standing, Slot]:
        """The rows in which a regimen is brought up, by its standing."""
        if name not in self.regimens:
            self.regimens[name] = self.regimen(self.library.regimens[name])
        plan, within = self.found.plan, [brought_up]
        for level in self.regimens[name]:
            within.append(plan.both(within[-1], level))
        offered, careful, checked, ruled_out = BEST_FIRST
        return {
            offered: plan.rest(within[0], within[1]),
            careful: plan.rest(within[1], within[2]),
            checked: plan.rest(within[2], within[3]),
            ruled_out: within[3],
        }

    def regimen(self, regimen: Regimen) -> Levels:
        """As its worst agent; where one of several agents is given, as the best of those."""
        plan, found = self.found.plan, self.found.given(regimen.provides)
        worst = [NOTHING] * 3
        for names in regimen.choices():
            best = [EVERYTHING] * 3
            for name in names:
                best = list(map(plan.both, best, self.agent(name, found)))
            worst = list(map(plan.either, worst, best))
        return tuple(worst)  # type: ignore[return-value]

    def agent(self, name: str, found: Conditions) -> Levels:
        if (name, found) not in self.agents:
            self.agents[name, found] = work_out(self.library.agents[name], found)
        return self.agents[name, found]


def work_out(agent: Agent, found: Conditions) -> Levels:
    """Barred where a bar holds; to be checked where one cannot be told or a fact to know first is unknown."""
    plan = found.plan
    bars = [found.condition(rule.when) for rule in agent.never_when]
    barred = plan.union(bar.true for bar in bars)
    check = plan.union([*map(found.unknown, bars), *map(found.absent, agent.know_before)])
    caution = plan.union(found.condition(rule.when).true for rule in agent.caution_when)
    check = plan.either(barred, check)
    return (plan.either(check, caution), check, barred)
