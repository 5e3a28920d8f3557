"""What Telegram shows of the bot before anybody has pressed Start."""

from conversations.message import shortened
from conversations.practice import Practice


def description(practice: Practice) -> str:
    """Return the text in an empty chat; Telegram takes 512 characters."""
    return shortened(
        f"Short check-ins for clients of {practice.name}, by invitation only. Nobody reads this chat live. "
        f"Questions: {practice.contact}",
        512,
    )


def short_description(practice: Practice) -> str:
    """Return the text on the profile page; Telegram takes 120 characters."""
    return shortened(f"Short check-ins, by invitation of {practice.name}.", 120)
