"""Random words: codes that name things, and secrets that open them."""

import secrets

from bot.store import Transaction
from conversations.desk import Fresh

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that can't be mistaken for each other when somebody reads a code aloud."""
LENGTH = 8


def new_code() -> str:
    """Draw a short random code: 39 bits. It names something, it opens nothing."""
    drawn = secrets.randbelow(len(_ALPHABET) ** LENGTH)  # once: for a file of sessions thousands are drawn
    return "".join(_ALPHABET[drawn // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(LENGTH))


def new_secret() -> str:
    """Draw 128 bits for a link, in characters that a Telegram link can carry."""
    return secrets.token_urlsafe(16)


def fresh(transaction: Transaction) -> Fresh:
    """Draw a code that neither an enrolment nor a session bears yet, and a secret."""
    [code] = unused(1, transaction)
    return Fresh(code, new_secret())


def unused(number: int, transaction: Transaction) -> list[str]:
    """Draw different codes that neither an enrolment nor a session bears yet, sorted: an index takes them faster."""
    drawn: set[str] = set()
    while len(drawn) < number:
        drawn |= {new_code() for _ in range(number - len(drawn))}
        found = list(drawn)
        drawn -= transaction.people.enrolments(found).keys() | transaction.check_ins.sessions(found).keys()
    return sorted(drawn)
