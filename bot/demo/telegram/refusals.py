"""The refusals of the Bot API, in Telegram's own words where Telegram has words for them."""

OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
TWO_POLLERS = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_IS_SET = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
WEBHOOK_WAS_SET = "terminated by setWebhook request"


class Refusal(Exception):
    """A call that Telegram refuses: an HTTP status, a description and, of a flood, the seconds to wait."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad_request(what: str) -> Refusal:
    """A refusal with 400."""
    return Refusal(400, f"Bad Request: {what}")


def forbidden(what: str) -> Refusal:
    """A refusal with 403."""
    return Refusal(403, f"Forbidden: {what}")


def conflict(what: str) -> Refusal:
    """A refusal with 409."""
    return Refusal(409, f"Conflict: {what}")


def flooded(seconds: int) -> Refusal:
    """A refusal with 429, to be tried again in `seconds`."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def not_built(what: str) -> Refusal:
    """A refusal of what Telegram can do and this server can't, rather than silence about it."""
    return Refusal(501, f"Not Implemented: {what} is not built in the pretend Telegram")
