"""How the bot presents itself: its commands, name, descriptions and menu button."""

from dataclasses import dataclass, field

from .arguments import JsonObject

Place = tuple[str, int | None, int | None]
"""A command scope: its type, and the chat and user of scopes that have them."""
DEFAULT_PLACE: Place = ("default", None, None)


@dataclass(slots=True)
class Profile:
    """What setMy… set. Keys of the texts are language codes, "" for the text without one."""

    first_name: str
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[Place, str], list[JsonObject]] = field(default_factory=dict)
    menu_buttons: dict[int | None, JsonObject] = field(default_factory=dict)

    def name(self, language: str = "") -> str:
        """The name in a language, else the one without a language, else the name at registration."""
        return self.names.get(language) or self.names.get("") or self.first_name

    def shown_commands(self, user_id: int, language: str) -> list[JsonObject]:
        """The commands that a person sees in the private chat, by Telegram's order of scopes (BotCommandScope)."""
        for place in (("chat", user_id, None), ("all_private_chats", None, None), DEFAULT_PLACE):
            for code in (language, ""):
                if commands := self.commands.get((place, code)):
                    return commands
        return []
