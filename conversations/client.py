"""A client's own affairs outside of a check-in: pause, stop, see and delete what is stored, time zone."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from conversations import consent
from conversations.buttons import Action, Verb
from conversations.commands import BY_NAME, Command, Role
from conversations.decision import Decision, EraseClient, Said, ShowMenu, Tell, Unsend
from conversations.events import Commanded, PersonActed, SentSomethingElse, Tapped, Wrote
from conversations.message import Message
from conversations.people import (
    LIVE,
    Account,
    Choice,
    Enrolment,
    EnrolmentState,
    Expectation,
    ExpectationKind,
    Therapist,
)
from conversations.practice import Practice
from conversations.sessions import CheckIn
from conversations.typed_times import NotUnderstood, parse_zone
from conversations.wording import caseload as caseload_wording
from conversations.wording import client as wording
from conversations.wording import consent as consent_wording
from conversations.wording import therapist as therapist_wording


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody with all their enrolments as a client; somebody without any is a stranger, or only a therapist."""

    account: Account
    enrolments: tuple[tuple[Enrolment, Therapist], ...]
    is_therapist: bool
    practice: Practice
    check_ins: tuple[CheckIn, ...] = ()
    """Read only where they are needed: to stop, and to show what is stored."""
    document: str = ""
    """Everything stored of them, as JSON; read only to show it."""

    @property
    def zone(self) -> ZoneInfo:
        """Return the client's zone."""
        return self.account.zone or self.practice.zone

    @property
    def live(self) -> tuple[tuple[Enrolment, Therapist], ...]:
        """Return the enrolments that are not ended."""
        return tuple(pair for pair in self.enrolments if pair[0].state in LIVE)


def hear(client: Client, event: PersonActed, now: datetime) -> Decision:
    """Answer somebody: a client, a therapist at anything that is not for the desk, or a stranger."""
    match event:
        case Commanded(name, argument) if name in BY_NAME:
            heard = replace(client, account=_without_zone_prompt(client.account))
            saved = () if heard.account == client.account else (heard.account,)
            return Decision(saved) + _command(heard, BY_NAME[name], argument, now)
        case Commanded():
            return _say(client, Message((wording.NO_SUCH_COMMAND,)))
        case Tapped(Action() as action) if client.enrolments or action.verb is Verb.NEVER_MIND:
            return _tap(client, action, now)
        case Tapped():
            return _say(client, Message((wording.BUTTON_IS_OLD,)))
        case Wrote(text) if client.account.expects == Expectation(ExpectationKind.ZONE):
            return _set_zone(client, text, now)
        case Wrote():
            return _say(client, wording.free_text(client.practice))
        case SentSomethingElse():
            return _say(client, wording.not_text(client.practice))
        case _:
            assert_never(event)


def _without_zone_prompt(account: Account) -> Account:
    """Return the account that no time zone is expected from: what is written later is meant for something else."""
    return replace(account, expects=None) if account.expects == Expectation(ExpectationKind.ZONE) else account


def _command(client: Client, command: Command, argument: str, now: datetime) -> Decision:
    match command:
        case Command("start"):
            return _start(client, now)
        case Command("help"):
            is_client = bool(client.enrolments)
            return _say(
                client, wording.help_for(client.practice, is_client=is_client, is_therapist=client.is_therapist)
            )
        case Command("privacy"):
            return _say(client, wording.privacy(client.practice))
        case Command(role=Role.THERAPIST):
            return _say(client, Message((wording.ONLY_THERAPISTS,)))
        case Command("mydata" | "deletemydata") if not client.enrolments:
            return _say(client, wording.nothing_stored(client.practice))
        case _ if not client.enrolments:
            return _say(client, Message((wording.ONLY_CLIENTS,)))
        case _:
            return _own_command(client, command.name, argument, now)


def _start(client: Client, now: datetime) -> Decision:
    waiting = [pair for pair in client.enrolments if pair[0].state is EnrolmentState.OPENED]
    if waiting:
        enrolment, therapist = waiting[-1]
        return consent.repeat_question(consent.Asked(enrolment, client.account, therapist, client.practice), now)
    if client.enrolments:
        states = wording.states_of(client.enrolments, is_paused=client.account.is_paused(now))
        return _say(client, wording.where_you_are(states, client.practice))
    if client.is_therapist:
        return _say(client, therapist_wording.help_now(client.practice))
    return _say(client, wording.by_invitation_only(client.practice))


def _own_command(client: Client, name: str, argument: str, now: datetime) -> Decision:
    match name:
        case "pause" if not client.live:
            return _say(client, wording.nothing_to_pause())
        case "pause":
            return _ask_to_decide(client, wording.pause_question(client.live), now)
        case "resume":
            return _resume(client, now)
        case "stop":
            return _stop(client, now)
        case "mydata":
            return _say(client, _stored(client, now))
        case "deletemydata":
            question = wording.erase_question(is_therapist=client.is_therapist, practice=client.practice)
            return _ask_to_decide(client, question, now)
        case _:
            return _set_zone(client, argument, now) if argument else _ask_zone(client, now)


def _stored(client: Client, now: datetime) -> Message:
    states = wording.states_of(client.enrolments, is_paused=client.account.is_paused(now))
    return wording.stored(client.document, states, client.enrolments, client.check_ins, client.zone)


def _tap(client: Client, action: Action, now: datetime) -> Decision:
    match action:
        case Action(Verb.PAUSE_FOR, days) if days in {"0", *(str(number) for number, _ in wording.PAUSES)}:
            return _pause(client, int(days), now)
        case Action(Verb.RESUME):
            return _resume(client, now)
        case Action(Verb.CHOOSE_STOP, code):
            chosen = next((pair for pair in client.live if pair[0].code == code), None)
            if chosen is None:
                return _say(client, wording.nothing_to_stop())
            return _ask_to_decide(client, consent_wording.stop_question(*chosen), now)
        case Action(Verb.CONFIRM_STOP, code):
            return _confirm_stop(client, code, now)
        case Action(Verb.CONFIRM_ERASE):
            return _erase(client)
        case Action(Verb.NEVER_MIND):
            return _decided(client, Message((wording.NEVER_MIND,)))
        case _:
            return _say(client, Message((wording.BUTTON_IS_OLD,)))


def _pause(client: Client, days: int, now: datetime) -> Decision:
    until = now + timedelta(days=days) if days else None
    account = replace(client.account, paused_at=now, paused_until=until, deciding_since=None)
    return Decision((account,), _tell(client, wording.paused(until, client.zone)))


def _resume(client: Client, now: datetime) -> Decision:
    if not client.account.is_paused(now):
        return _decided(client, Message((wording.NOT_PAUSED,)))
    account = replace(client.account, paused_at=None, paused_until=None, deciding_since=None)
    return Decision((account,), _tell(client, wording.resumed(is_anybodys_client=bool(client.live))))


def _stop(client: Client, now: datetime) -> Decision:
    match client.live:
        case ():
            return _say(client, wording.nothing_to_stop())
        case ((enrolment, therapist),):
            return _ask_to_decide(client, consent_wording.stop_question(enrolment, therapist), now)
        case several:
            return _ask_to_decide(client, consent_wording.stop_choice(several), now)


def _ask_to_decide(client: Client, question: Message, now: datetime) -> Decision:
    """Ask somebody who may be about to leave. Until they choose, no check-in comes between."""
    return Decision((replace(client.account, deciding_since=now),), _tell(client, question))


def _decided(client: Client, answer: Message) -> Decision:
    """Answer somebody who goes on as before."""
    if client.account.deciding_since is None:
        return _say(client, answer)
    return Decision((replace(client.account, deciding_since=None),), _tell(client, answer))


def _confirm_stop(client: Client, code: str, now: datetime) -> Decision:
    chosen = next((pair for pair in client.live if pair[0].code == code), None)
    if chosen is None:
        return _say(client, wording.nothing_to_stop())
    enrolment, therapist = chosen
    account = replace(client.account, deciding_since=None)
    own = tuple(one for one in client.check_ins if one.enrolment == enrolment.code)
    asked = consent.Asked(enrolment, account, therapist, client.practice, check_ins=own)
    return consent.end(asked, Choice.WITHDRAWN, now)


def _erase(client: Client) -> Decision:
    """Erase, then say so. The therapist learns that it happened, since the client vanishes from the caseload."""
    news: list[Said] = [
        Tell(therapist.account, caseload_wording.client_erased(enrolment))
        for enrolment, therapist in client.live
        if therapist.account is not None and therapist.removed_at is None
    ]
    chat_id = client.account.chat_id
    menu = ShowMenu(chat_id, (Role.THERAPIST,) if client.is_therapist else ())
    return Decision((EraseClient(chat_id),), (Unsend(chat_id), *_tell(client, wording.erased()), menu, *news))


def _ask_zone(client: Client, now: datetime) -> Decision:
    account = replace(client.account, expects=Expectation(ExpectationKind.ZONE))
    return Decision((account,), _tell(client, wording.ask_zone(client.zone, now)))


def _set_zone(client: Client, typed: str, now: datetime) -> Decision:
    try:
        zone = parse_zone(typed)
    except NotUnderstood as problem:
        return _say(client, wording.no_such_zone(str(problem), client.practice))
    account = replace(client.account, zone=zone, expects=None)
    return Decision((account,), _tell(client, wording.zone_set(zone, now)))


def _say(client: Client, message: Message) -> Decision:
    return Decision(say=_tell(client, message))


def _tell(client: Client, message: Message) -> tuple[Said, ...]:
    return (Tell(client.account.chat_id, message),)
