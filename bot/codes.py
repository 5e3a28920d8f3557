"""Random words: codes that name things, and secrets that open them."""

import secrets

from bot.store import Transaction
from conversations.desk import Fresh

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that can't be mistaken for each other when somebody reads a code aloud."""
LENGTH = 8


def new_code() -> str:
    """Draw a short random code: 39 bits. It names something, it opens nothing."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def new_secret() -> str:
    """Draw 128 bits for a link, in characters that a Telegram link can carry."""
    return secrets.token_urlsafe(16)


def fresh(transaction: Transaction) -> Fresh:
    """Draw a code that neither an enrolment nor a session bears yet, and a secret."""
    code = new_code()
    while transaction.people.enrolment(code) or transaction.check_ins.session(code):
        code = new_code()
    return Fresh(code, new_secret())
