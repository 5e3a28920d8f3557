"""The arguments of one call, whichever way they came: query, form, upload or JSON.

Everything stays the text it was sent as ("12345" is a text) until a method asks for it as a number, a yes or no, or
JSON. Telegram reads a malformed number as nothing; here it is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from .refusals import bad_request

JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes
    mime_type: str


@dataclass(frozen=True, slots=True)
class Arguments:
    """Texts by parameter, and uploads by the name of their part."""

    texts: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def names(self) -> set[str]:
        """The parameters given. An upload that an argument refers to as attach://name is no parameter."""
        attached = {text.removeprefix("attach://") for text in self.texts.values() if text.startswith("attach://")}
        return set(self.texts) | (set(self.uploads) - attached)

    def text(self, name: str) -> str | None:
        """The argument as sent."""
        return self.texts.get(name)

    def integer(self, name: str) -> int | None:
        """The argument as a whole number, None when it isn't given."""
        text = self.texts.get(name)
        if text is None:
            return None
        try:
            return int(text)
        except ValueError:
            raise bad_request(f'parameter "{name}" must be an integer') from None

    def flag(self, name: str) -> bool:
        """The argument as yes or no; not given is no."""
        match self.texts.get(name, "false").lower():
            case "true" | "1" | "yes":
                return True
            case "false" | "0" | "no":
                return False
            case _:
                raise bad_request(f'parameter "{name}" must be a boolean')

    def json_object(self, name: str) -> JsonObject | None:
        """The argument as a JSON object, None when it isn't given."""
        value = self._json(name)
        if value is None or isinstance(value, dict):
            return value
        raise bad_request(f'parameter "{name}" must be a JSON object')

    def json_list(self, name: str) -> list[object] | None:
        """The argument as a JSON list, None when it isn't given."""
        value = self._json(name)
        if value is None or isinstance(value, list):
            return value
        raise bad_request(f'parameter "{name}" must be a JSON list')

    def upload(self, name: str) -> Upload | None:
        """The file sent under the parameter's own name, or under another one that attach:// points to."""
        text = self.texts.get(name, "")
        return self.uploads.get(text.removeprefix("attach://") if text.startswith("attach://") else name)

    def _json(self, name: str) -> object:
        text = self.texts.get(name)
        if not text:
            return None
        try:
            value: object = json.loads(text)
            if "\\u" in text:  # half a character, which JSON can escape, can't be sent on
                json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise bad_request(f'can\'t parse parameter "{name}" as JSON') from None
        return value
