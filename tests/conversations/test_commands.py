"""The table of commands, and the menu made of it."""

import pytest

from conversations.commands import BY_NAME, COMMANDS, Role, menu, of


def test_every_command_has_one_name_and_telegram_takes_it() -> None:
    """Lower case letters, at most 32; a description of at most 256 characters."""
    assert len(BY_NAME) == len(COMMANDS)
    assert [
        one.name for one in COMMANDS if not (one.name.isascii() and one.name.islower() and len(one.name) < 33)
    ] == []
    assert [one.name for one in COMMANDS if not 3 <= len(one.description) <= 256] == []


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((), set()),
        ((Role.CLIENT,), {"pause", "stop"}),
        ((Role.THERAPIST,), {"invite", "digest"}),
        ((Role.CLIENT, Role.THERAPIST), {"pause", "stop", "invite", "digest"}),
    ],
)
def test_a_menu_is_for_what_somebody_is(roles: tuple[Role, ...], expected: set[str]) -> None:
    """What is for everybody is always in it."""
    names = {one.name for one in menu(roles)}
    assert names & {"pause", "stop", "invite", "digest"} == expected
    assert {"start", "help", "privacy"} <= names


@pytest.mark.parametrize("role", Role)
def test_commands_of_a_role_are_for_it_alone(role: Role) -> None:
    """In the order of the table."""
    assert of(role) == tuple(one for one in COMMANDS if one.role is role)
