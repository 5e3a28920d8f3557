"""The pretend Telegram: a strict Bot API server on 127.0.0.1, and the people who talk to the bot.

    telegram = PretendTelegram()
    world = telegram.world("4242:MADE-UP-TOKEN")
    client = world.person(1001, "Robin")
    with serve(telegram) as url:      # a Bot with base_url=f"{url}/bot", base_file_url=f"{url}/file/bot"
        client.starts()
        ...
        client.taps("Yes")
        assert client.sees()[-1].text == "Thank you."

It refuses what Telegram refuses, and on purpose somewhat more: unknown parameters, numbers that are none, and
whatever is not built here are errors rather than silence.
"""

from .chats import SeenMessage
from .entities import Entity
from .faults import Fault, FaultKind
from .groups import Group
from .keeping import kept, restore
from .keyboards import SeenButton
from .people import NoSuchButton, Person
from .server import serve
from .state import Call
from .updates import Update
from .world import PretendTelegram, World

__all__ = [
    "Call",
    "Entity",
    "Fault",
    "FaultKind",
    "Group",
    "NoSuchButton",
    "Person",
    "PretendTelegram",
    "SeenButton",
    "SeenMessage",
    "Update",
    "World",
    "kept",
    "restore",
    "serve",
]
