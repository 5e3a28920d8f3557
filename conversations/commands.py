"""The commands, who may use them, and what the menu says of them."""

from dataclasses import dataclass
from enum import Enum, auto


class Role(Enum):
    """What somebody is to the bot. One account may be several; it is established from the database each time."""

    ANYBODY = auto()
    CLIENT = auto()
    THERAPIST = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """A command, without its slash."""

    name: str
    role: Role
    description: str


COMMANDS = (
    Command("start", Role.ANYBODY, "Begin, or see where you are"),
    Command("help", Role.ANYBODY, "What you can do here"),
    Command("privacy", Role.ANYBODY, "What is stored, and who sees it"),
    Command("timezone", Role.CLIENT, "Set your time zone"),
    Command("pause", Role.CLIENT, "Pause the check-ins"),
    Command("resume", Role.CLIENT, "Resume the check-ins"),
    Command("stop", Role.CLIENT, "Stop the check-ins for good"),
    Command("mydata", Role.CLIENT, "See everything that is stored of you"),
    Command("deletemydata", Role.CLIENT, "Delete everything that is stored of you"),
    Command("clients", Role.THERAPIST, "Your clients"),
    Command("invite", Role.THERAPIST, "Invite a client: /invite and an alias"),
    Command("session", Role.THERAPIST, "Log a session: /session and an alias"),
    Command("digest", Role.THERAPIST, "Your summary so far"),
    Command("settings", Role.THERAPIST, "Day and hour of the summary, time zone, nudges"),
)

BY_NAME = {command.name: command for command in COMMANDS}


def of(role: Role) -> tuple[Command, ...]:
    """Return the commands that are for `role` and not for everybody."""
    return tuple(command for command in COMMANDS if command.role is role)


def menu(roles: tuple[Role, ...]) -> tuple[Command, ...]:
    """Return the commands for somebody who has `roles`, in the order of the table."""
    return tuple(command for command in COMMANDS if command.role in {Role.ANYBODY, *roles})
