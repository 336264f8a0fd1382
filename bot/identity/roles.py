"""What each role may do. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from bot.identity.errors import Told


class Role(str, Enum):
    """admin: everything. manager: agents below, settings, reports. agent: cases. analyst: numbers and cases, personal
    data masked. auditor: reads everything, the audit included, and changes nothing."""

    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"
    ANALYST = "analyst"
    AUDITOR = "auditor"


class May(str, Enum):
    """What can be allowed."""

    SEE_CASES = "see_cases"
    SEE_PERSONAL_DATA = "see_personal_data"
    WORK_CASES = "work_cases"
    SEE_AUDIT = "see_audit"
    MANAGE_AGENTS = "manage_agents"
    EDIT_TEAM = "edit_team"


_EVERYTHING = frozenset(May)
ALLOWED: dict[Role, frozenset[May]] = {
    Role.ADMIN: _EVERYTHING,
    Role.MANAGER: _EVERYTHING,
    Role.AGENT: frozenset({May.SEE_CASES, May.SEE_PERSONAL_DATA, May.WORK_CASES}),
    Role.ANALYST: frozenset({May.SEE_CASES}),
    Role.AUDITOR: frozenset({May.SEE_CASES, May.SEE_PERSONAL_DATA, May.SEE_AUDIT}),
}

GRANTS: dict[Role, frozenset[Role]] = {
    Role.ADMIN: frozenset(Role),
    Role.MANAGER: frozenset(Role) - {Role.ADMIN},
}
"""Who may give which role. Nobody grants above their own; an auditor's view of everything counts as a manager's to
give."""


def may(role: Role, what: May) -> bool:
    return what in ALLOWED[role]


def must_reach(granter: Sequence[str], teams: Sequence[str], before: Sequence[str] | None = None) -> None:
    """Raises `Told` unless somebody of the teams `granter` (none: all) may make somebody work in `teams`, who worked in
    `before`. Nobody reaches beyond their own teams, by their own hand either."""
    for wanted in (teams, *([] if before is None else [before])):
        if granter and (not wanted or not set(wanted) <= set(granter)):
            raise Told("beyond", "That is beyond your teams.", "Choose teams of your own, or ask an admin.")


def must_grant(granter: Role, role: Role, before: Role | None = None) -> None:
    """Raises `Told` unless somebody of role `granter` may make somebody a `role`, who was `before`."""
    grants = GRANTS.get(granter, frozenset())
    refused = next((r for r in (role, before) if r is not None and r not in grants), None)
    if refused is not None:
        raise Told(
            "above",
            f"The role {granter.value} may neither give nor change the role {refused.value}.",
            "Ask somebody whose role is higher.",
        )
