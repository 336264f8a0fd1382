"""The borders between teams: whose cases somebody sees and takes, and which they may change. Pure.

An agent with teams sees the cases of those teams, and those that are in their own hands whatever their team. An agent
without teams sees all. Every deed with a case asks here (`casework.py`), whether it comes from the console or from
Slack; `bot/storage/borders.py` has the same rule as SQL for lists. A chat with a customer is one, whoever of the
company is in it: who may see one of its cases may read it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """`teams`: none means all of them. `leads`: may pass on, put off and resolve what colleagues have in hand."""

    name: str
    teams: tuple[str, ...] = ()
    leads: bool = False

    def works_in(self, team: str) -> bool:
        return not self.teams or team in self.teams

    def sees(self, team: str, holder: str | None) -> bool:
        """A case of `team` that `holder` has (None: nobody)."""
        return self.works_in(team) or holder == self.name

    def may_change(self, holder: str | None) -> bool:
        """Whether a case that `holder` has may be passed on, put off or resolved without being claimed first."""
        return holder in (None, self.name) or self.leads
