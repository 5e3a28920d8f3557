"""setWebhook, deleteWebhook and getWebhookInfo."""

import re
from urllib.parse import urlsplit

from .arguments import Arguments, JsonObject
from .refusals import bad_request
from .state import BotState, Webhook

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOCAL = ("127.0.0.1", "localhost", "::1")


def set_webhook(state: BotState, arguments: Arguments) -> bool:
    """Send updates to an address from now on: https, or http on this machine. An empty one ends that.

    All that waits is then tried at once, unless the webhook was set in the same way before: that changes nothing.
    """
    url = arguments.text("url") or ""
    secret = arguments.text("secret_token")
    if secret is not None and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if url:
        _check(url)
    connections = arguments.integer("max_connections")
    if connections is not None and not 1 <= connections <= 100:
        raise bad_request("max_connections must be between 1 and 100")
    remember_allowed(state, arguments)
    webhook = Webhook(url, secret, connections or 40) if url else Webhook()
    if arguments.flag("drop_pending_updates"):
        state.updates.forget_all()
    elif webhook == state.webhook:
        return True
    state.webhook = webhook
    state.wake()
    return True


def delete_webhook(state: BotState, arguments: Arguments) -> bool:
    """Go back to getUpdates."""
    if arguments.flag("drop_pending_updates"):
        state.updates.forget_all()
    state.webhook = Webhook()
    state.wake()
    return True


def get_webhook_info(state: BotState, _arguments: Arguments) -> JsonObject:
    """Where updates go, how many wait, and the last failure."""
    webhook = state.webhook
    info: JsonObject = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(state.updates),
    }
    if webhook.url:
        info["max_connections"] = webhook.max_connections
    if webhook.last_error is not None:
        at, message = webhook.last_error
        info |= {"last_error_date": int(at.timestamp()), "last_error_message": message}
    if (allowed := state.updates.allowed()) is not None:
        info["allowed_updates"] = allowed
    return info


def remember_allowed(state: BotState, arguments: Arguments) -> None:
    """Take over allowed_updates; when it isn't given, the previous setting stays."""
    allowed = arguments.json_list("allowed_updates")
    if allowed is None:
        return
    kinds = [kind for kind in allowed if isinstance(kind, str)]
    if len(kinds) != len(allowed):
        raise bad_request("allowed_updates must be a list of strings")
    state.updates.allow(kinds)


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0  # a malformed port raises
    except ValueError:
        is_address = False
    if not is_address:
        raise bad_request("bad webhook: invalid address")
    if parts.hostname not in _LOCAL and parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.scheme not in ("http", "https"):
        raise bad_request("bad webhook: invalid address")
