"""What the demo's page says around the phones. All people in it are made up."""

from conversations.decision import Purpose
from conversations.sessions import Page

NOT_JSON = "That is no JSON."
UNKNOWN_ACTION = "The demo knows no such action, or something in it is missing."
UNKNOWN_HOUR = "The clock can be turned to two_hours, tomorrow or monday, or by 1 to 672 hours."
TOO_LONG = "That is too long."
WRONG_HOST = "The demo answers on this machine only, at the address that it printed."
WRONG_ORIGIN = "The demo does what its own page asks for, and nothing else."
NO_SUCH_PAGE = "There is nothing here. The demo's page is at /."
NOBODY = "There is nobody with that phone. It may be of a demo that was started over."
NO_BUTTON = "That button is gone."
NO_LINK = "There is no invitation in that message."
NO_MESSAGE = "That message is gone."
TOO_MANY_CLIENTS = "That are enough clients for one demo."
HAS_CASELOAD = "The made-up caseload is there already."
ENDED = "The demo has ended."
FAILED = "Something went wrong in the demo. Start over, and please tell us how you got here."

SESSION_ENDED = "Session ended"
DUE = "Due"
SENT = "Sent"
REMINDER = "Reminder planned"
CLOSED = "Closed"
EXPIRES = "Can be answered until"
NUDGED = "Therapist nudged"
SHOWN = "Therapist was shown the answers"
KEPT_PRIVATE = "The answers are kept private: nobody but the client sees them."

OTTER_WRITES = "I come home more tired than I went. (This is made up.)"
DOVE_WRITES = "Last time helped me through a hard week. (This is made up.)"

PAGES = {
    Page.READY: "the invitation to start",
    Page.QUESTION: "a question",
    Page.REASON: "what it is about",
    Page.WISH: "how to take it up",
    Page.COMMENT: "anything to add",
    Page.FINISHED: "thank you",
}
METHODS = {
    "menu": "menu of commands",
    "retire": "older copy taken away",
    "delete": "messages taken back",
}
"""What is done that is no message."""
PURPOSES = {
    Purpose.REPLY: "answer",
    Purpose.CARD: "check-in, next page",
    Purpose.CONSENT: "question for consent",
    Purpose.CHECK_IN: "check-in",
    Purpose.PAIRING: "question who it is",
    Purpose.HEADS_UP: "nudge",
    Purpose.NOTICE: "notice",
    Purpose.SHOWN: "answers asked for",
    Purpose.DIGEST: "weekly summary",
}

TOUR = (
    {
        "title": "Invite",
        "text": "Dr. Weber invites {name}. Tap the suggestion below the therapist's chat, or type it. "
        "From then on, the bot calls {name} only {alias}.",
    },
    {
        "title": "Agree",
        "text": "Hand the link over. It opens on {name}'s phone, where {name} reads what is asked, who sees it and "
        "what it is not for, and agrees. Nothing is asked before that.",
    },
    {
        "title": "Confirm",
        "text": "A link can be forwarded. So Dr. Weber says whether it really is {name}.",
    },
    {
        "title": "A session ends",
        "text": "Dr. Weber logs the session: “A session ends”. Two hours later {name} is asked: turn the clock by two "
        "hours.",
    },
    {
        "title": "Answer",
        "text": "Four questions, one at a time. Answer as you like, and the last one, “Do I want to go back?”, with "
        "“No”. Then say more or skip, and tap “Done”. See what Dr. Weber's lock screen gives away: next to nothing.",
    },
    {
        "title": "Monday",
        "text": "Turn the clock to next Monday, 08:00. What falls due on the way happens at its own time.",
    },
    {
        "title": "Read the summary",
        "text": "{name} comes first, with the answers, the rule behind every line, and a sentence to open with. When "
        "they have talked, Dr. Weber says so, and it comes up again only if a later answer does.",
    },
    {
        "title": "That was it",
        "text": "Look behind the scenes below, add clients, keep an answer private, say stop, or play a whole caseload "
        "of ten weeks.",
    },
)


def made_up(alias: str) -> str:
    """Name a client of the seeded caseload."""
    return f"{alias} (made up)"


def no_consent_yet(name: str) -> str:
    """Say why no session can end yet."""
    return f"{name} has to agree and be confirmed first."


def app_refuses(why: str) -> str:
    """Say what an app of Telegram's would not let somebody do."""
    return f"The app would not do that: {why}."


def check_in_of(day: str) -> str:
    """Name a check-in by the day of its session."""
    return f"Check-in for the session of {day}"


def serving(address: str) -> str:
    """Name the page, once it answers."""
    return f"The demo is at {address} (only on this machine; Ctrl-C ends it)."


def port_is_taken(port: int) -> str:
    """Say that another program listens there."""
    return f"Port {port} is taken. Choose another one with --port, or leave it out to take a free one."


def key_is_gone(folder: str, key: str) -> str:
    """Say that a folder may hold somebody's real data."""
    return f"{folder} holds a database, but no {key} that says it is made up. Choose an empty folder."


def cannot_go_on(path: str) -> str:
    """Say that what was kept can't be read."""
    return f"{path} can't be read, so the demo can't go on from there. Choose an empty folder to begin anew."


def keeping(folder: str, key: str) -> str:
    """Say where the demo keeps its data."""
    return f"Everything is kept in {folder}, with the key beside it in {key}: it is made up. Keep no real data so."


def week(number: int, weeks: int) -> str:
    """Say how far the made-up caseload is."""
    return f"Playing week {number} of {weeks} …"


def words() -> dict[str, object]:
    """Return every word on the page, by the place where it stands."""
    return {
        "language": "en",
        "direction": "ltr",
        "title": "Check-ins between therapy sessions: the demo",
        "heading": "Check-ins between sessions",
        "made_up": "All of this is made up: people, practice, answers. The bot is real, its Telegram is not, and "
        "nothing leaves this machine.",
        "skip_to_phones": "Skip to the phones",
        "clock": "Clock",
        "turn_clock": "Turn the clock",
        "session_ends": "A session ends",
        "session_ends_with": "A session with {name} ends",
        "not_yet": "{name} has to agree and be confirmed first.",
        "presets": {"two_hours": "+2 hours", "tomorrow": "Tomorrow 09:00", "monday": "Next Monday 08:00"},
        "slider": "Or further",
        "slider_value": "+{hours} h: {moment}",
        "turn": "Turn",
        "working": "The bot is at work …",
        "typing": "typing …",
        "connected": "",
        "disconnected": "The demo has ended or can't be reached. Start it again with: make demo",
        "client": "Client",
        "therapist": "Therapist",
        "clients": "Clients",
        "add_client": "Add a client",
        "phone_of": "{name}'s phone",
        "chat_of": "{name}'s chat with the bot",
        "bot": "Check-in",
        "bot_kind": "bot",
        "lock_screen": "Lock screen",
        "lock_screen_of": "{name}'s lock screen",
        "no_notifications": "No notifications",
        "silent": "without sound",
        "says": "{name} wrote",
        "bot_says": "The bot wrote",
        "edited": "edited",
        "document": "Download {name}",
        "picture": "A QR picture of the link",
        "hand_over": "Hand over to {name}",
        "write": "Message",
        "write_as": "Message from {name}",
        "send": "Send",
        "start": "Start",
        "menu": "Menu",
        "menu_of": "Commands of {name}",
        "block": "Block the bot",
        "unblock": "Unblock the bot",
        "empty_client": "{name} has no message yet. Write /invite on the therapist's phone, then hand the link over.",
        "empty": "No messages yet.",
        "suggestions": "Suggestions",
        "tour": "Guided tour",
        "tour_again": "Take the tour again with another client",
        "tour_start": "Take the tour",
        "tour_step": "Step {number} of {steps}: {title}",
        "tour_find": "Go there",
        "tour_do": "Do it for me",
        "tour_close": "Close the tour",
        "tour_steps": TOUR,
        "caseload": "Play ten weeks with twelve clients",
        "caseload_hint": "So that the summary looks like one from real use. It takes a moment.",
        "start_over": "Start over",
        "behind": "Behind the scenes",
        "behind_of": "What the bot knows of {name}, read from its database as it is now.",
        "behind_consent": "Consent",
        "behind_check_ins": "Check-ins",
        "behind_page": "The card shows: {page}.",
        "behind_outbox": "Outbox",
        "behind_outbox_hint": "What was said and what waits to be said. Each is asked once more, right before it is "
        "sent, whether it still may be.",
        "behind_to": "To",
        "behind_purpose": "What",
        "behind_state": "State",
        "behind_at": "When, or not before",
        "behind_signals": "Signals, and the rules that raised them",
        "behind_stored": "Everything that is stored of {name}",
        "behind_now": "reached",
        "behind_nothing": "Nothing yet.",
        "failed": "That did not work. Please try again.",
    }
