"""Nobody grants above their own role, and each role may do what its name says."""

from __future__ import annotations

import pytest

from bot.errors import ConductorError
from bot.identity.roles import May, Role, may, must_grant, must_reach


@pytest.mark.parametrize("granter", list(Role))
@pytest.mark.parametrize("role", list(Role))
def test_who_may_give_which_role(granter: Role, role: Role) -> None:
    allowed = granter is Role.ADMIN or (granter is Role.MANAGER and role is not Role.ADMIN)
    if allowed:
        must_grant(granter, role)
    else:
        with pytest.raises(ConductorError, match="Ask somebody whose role is higher"):
            must_grant(granter, role)


def test_a_manager_can_not_touch_an_admin() -> None:
    with pytest.raises(ConductorError):
        must_grant(Role.MANAGER, Role.AGENT, before=Role.ADMIN)


@pytest.mark.parametrize(
    ("role", "what", "allowed"),
    [
        (Role.AGENT, May.WORK_CASES, True),
        (Role.AGENT, May.MANAGE_AGENTS, False),
        (Role.AGENT, May.SEE_AUDIT, False),
        (Role.ANALYST, May.SEE_CASES, True),
        (Role.ANALYST, May.SEE_PERSONAL_DATA, False),
        (Role.ANALYST, May.WORK_CASES, False),
        (Role.AUDITOR, May.SEE_AUDIT, True),
        (Role.AUDITOR, May.WORK_CASES, False),
        (Role.MANAGER, May.MANAGE_AGENTS, True),
    ],
)
def test_what_a_role_may_do(role: Role, what: May, allowed: bool) -> None:
    assert may(role, what) is allowed


@pytest.mark.parametrize(
    ("granter", "teams", "before", "allowed"),
    [
        ((), (), (), True),
        (("care",), ("care",), ("care",), True),
        (("care",), ("care",), None, True),
        (("care",), (), ("care",), False),
        (("care",), ("care", "press"), ("care",), False),
        (("care",), ("care",), ("press",), False),
        (("care",), ("care",), (), False),
    ],
)
def test_nobody_reaches_beyond_their_own_teams(
    granter: tuple[str, ...], teams: tuple[str, ...], before: tuple[str, ...] | None, allowed: bool
) -> None:
    if allowed:
        must_reach(granter, teams, before)
    else:
        with pytest.raises(ConductorError, match="beyond your teams"):
            must_reach(granter, teams, before)
