"""What the demo says around the messages. All people in it are made up."""

TITLE = "One made-up week with the check-in bot. Everything you see was really sent, to a pretend Telegram."
ENDED = "That was the week. `make test` runs the tests, README.md says how to use the bot on real Telegram."

INVITES = "Dr. Weber invites two clients."
AGREES = "Robin opens the link, reads, and agrees."
CONFIRMS = "Dr. Weber confirms that it is Robin."
SECOND_CLIENT = "Sasha agrees, too, and is confirmed."
FIRST_SESSION = "A session with Sasha ends. Dr. Weber logs it."
TWO_HOURS_LATER = "Two hours later, Sasha is asked."
SECOND_SESSION = "A session with Robin ends."
ROBIN_ANSWERS = "Robin answers. It is not going well."
NUDGE = "Dr. Weber gets a nudge that says nothing of whom or why."
THIRD_SESSION = "A second session with Sasha ends."
SASHA_LEAVES_IT = "Sasha does not feel like it this time."
MONDAY = "On Monday morning comes the summary, with Robin first."
TALKED_ABOUT = "Dr. Weber has called Robin, and says so."


def does(name: str, action: str) -> str:
    """Say what somebody does."""
    return f"{name} {action}"


def taps(label: str) -> str:
    """Name a tap."""
    return f"taps [{label}]"


def writes(text: str) -> str:
    """Name a text."""
    return f"writes: {text}"


def opens_link() -> str:
    """Name the opening of a link."""
    return "opens the link"
