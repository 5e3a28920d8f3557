"""What the operator has settled for the whole practice."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from conversations.questions import QuestionSet
from conversations.timing import QuietHours, Weekly


@dataclass(frozen=True, slots=True)
class Practice:
    """Settings that decisions and sentences depend on."""

    name: str
    contact: str
    crisis_lines: tuple[str, ...]
    bot_username: str
    zone: ZoneInfo
    language: str
    questions: QuestionSet
    quiet_hours: QuietHours | None
    digest_at: Weekly
    check_in_delay: timedelta = timedelta(hours=2)
    reminder_after: timedelta = timedelta(hours=24)
    lifetime: timedelta = timedelta(hours=72)
    invitation_lifetime: timedelta = timedelta(days=14)
    keep_after_end: timedelta = timedelta(days=180)
    """How long what is stored of an enrolment is kept after it has ended. Clients are told, and agree to it."""
