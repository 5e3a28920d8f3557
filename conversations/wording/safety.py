"""What is said wherever somebody may have written about their distress."""

from conversations.practice import Practice

NOBODY_READS_LIVE = "Nobody reads this chat live."


def help_now(practice: Practice) -> str:
    """Say that nobody reads live, and who can be reached now."""
    return f"{NOBODY_READS_LIVE} If you need somebody now:\n" + "\n".join(practice.crisis_lines)
