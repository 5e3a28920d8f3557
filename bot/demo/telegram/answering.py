"""Answers to taps."""

from . import limits
from .arguments import Arguments
from .refusals import OLD_QUERY, bad_request
from .state import BotState


def answer_callback_query(state: BotState, arguments: Arguments) -> bool:
    """Answer a tap, once and within 150 seconds; the button stops spinning and the person may see a notice."""
    tap = state.taps.get(arguments.text("callback_query_id") or "")
    if tap is None or not state.is_answerable(tap):
        raise bad_request(OLD_QUERY)
    notice = arguments.text("text") or ""
    if len(notice) > limits.CALLBACK_ANSWER_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    arguments.flag("show_alert")
    arguments.integer("cache_time")
    tap.answered = True
    if notice:
        state.records[tap.user_id].toasts.append(notice)
    state.changed.notify_all()
    return True
