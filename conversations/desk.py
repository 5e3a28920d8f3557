"""A therapist's desk: who sits there, and their own caseload, never another's."""

from dataclasses import dataclass, replace

from conversations.decision import Decision, Said, Tell
from conversations.message import Message
from conversations.people import (
    Account,
    EnrolmentState,
    Expectation,
    ExpectationKind,
    Invitation,
    Therapist,
)
from conversations.practice import Practice
from conversations.record import ClientRecord
from conversations.sessions import CheckIn


@dataclass(frozen=True, slots=True)
class Fresh:
    """New random words for what an event may bring about; drawn outside, since nothing here is random."""

    code: str
    """Names an enrolment or a session."""
    secret: str
    """128 bits for the link of an invitation."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A therapist with their caseload, in the order of the invitations."""

    therapist: Therapist
    account: Account
    caseload: tuple[ClientRecord, ...]
    invitations: tuple[Invitation, ...]
    """Open invitations to these enrolments."""
    practice: Practice
    fresh: Fresh

    @property
    def listed(self) -> tuple[ClientRecord, ...]:
        """Return the clients that have not been removed."""
        gone = {EnrolmentState.CLOSED, EnrolmentState.REFUSED}
        return tuple(record for record in self.caseload if record.enrolment.state not in gone)

    def called(self, alias: str) -> ClientRecord | None:
        """Return the listed client of that alias, the newest if there are several."""
        same = [one for one in self.listed if one.enrolment.alias.casefold() == alias.strip().casefold()]
        return same[-1] if same else None

    def coded(self, code: str) -> ClientRecord | None:
        """Return the listed client of that code."""
        return next((one for one in self.listed if one.enrolment.code == code), None)

    def about(self, session: str) -> tuple[ClientRecord, CheckIn] | None:
        """Return the check-in of a session, with its client."""
        found = ((record, one) for record in self.listed for one in record.check_ins if one.session == session)
        return next(found, None)


def say(desk: Desk, message: Message) -> Decision:
    """Say something to the therapist."""
    return Decision(say=tell(desk, message))


def tell(desk: Desk, message: Message) -> tuple[Said, ...]:
    """Return what is said to the therapist."""
    return (Tell(desk.account.chat_id, message),)


def ask(desk: Desk, kind: ExpectationKind, question: Message, record: ClientRecord | None = None) -> Decision:
    """Ask for a text, which the next one is taken for."""
    subject = record.enrolment.code if record else ""
    account = replace(desk.account, expects=Expectation(kind, subject))
    return Decision((account,), tell(desk, question))


_PROMPTS = frozenset({ExpectationKind.ALIAS, ExpectationKind.SESSION_END, ExpectationKind.DIGEST_HOUR})


def forget_prompt(account: Account) -> Decision:
    """Expect no answer to an earlier prompt of the desk any more: a later text is meant for something else."""
    if account.expects is None or account.expects.kind not in _PROMPTS:
        return Decision()
    return Decision((replace(account, expects=None),))
