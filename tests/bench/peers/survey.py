"""What the peers say, as long as what the bot says, and how fast they may: as many new messages a second."""

FIRST_CLIENT = 8_000_001
SPACING = 0.0412
"""Seconds between two clients who are asked; more would be refused."""
READY = "A short check-in is ready.\n\nFour questions and a line if you like; about a minute. Any can be skipped."
LABELS = ("Yes", "Mostly", "Partly", "Rather not", "No")
COMMENT = "Almost done.\n\n<b>Anything you want Dr. Weber to know?</b>\n\nWrite it here, or tap Done."
SAVED = "Saved. Dr. Weber will see it on Monday. Nobody reads this live.\n\nAnything else? Write it here, or tap Done."
THANKS = "Thank you. This check-in is complete."
START = (("Start", "start"), ("Not this time", "skip"))
DONE = (("Done", "done"),)


def question(number: int) -> str:
    """Return the text of a question."""
    return f"{number} of 4\n\n<b>Do I feel comfortable talking to my therapist?</b>"


def answers(number: int) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the buttons of a question, row by row."""
    rated = tuple(((label, f"rate:{number}:{5 - place}"),) for place, label in enumerate(LABELS))
    return (*rated, (("Back", "back"), ("Skip", "skip")))
