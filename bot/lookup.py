"""Looking up what decisions depend on: all that the database knows of somebody, as the dialogues take it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import codes
from bot.house import House
from bot.store import Transaction
from bot.store.check_ins import Others
from bot.store.export import everything_about
from bot.store.outbox import QueuedRow
from conversations.check_in import Card
from conversations.client import Client
from conversations.consent import Asked
from conversations.desk import Desk
from conversations.history import ClientHistory
from conversations.invitations import GUESSES_COUNT_FOR, Opening, hash_of, must_wait
from conversations.people import Account, Enrolment, EnrolmentState, Therapist
from conversations.presence import Presence
from conversations.reading import Overview
from conversations.record import ClientRecord
from conversations.sending import DEPENDS_ON_CARD, DEPENDS_ON_DESK, Waiting
from conversations.sessions import CheckIn

NOBODY = 0
"""In place of a chat that no link has been opened from yet; no chat of Telegram's has this id."""

NONE_KNOWN = Others(card_is_open=False, last_sent_at=None)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is known at one moment, within one transaction."""

    transaction: Transaction
    house: House
    now: datetime

    def card(self, session_id: str) -> Card | None:
        """Return a check-in with what an answer to it depends on; None if there is none."""
        return self._cards((session_id,), {}).get(session_id)

    def card_among_others(self, session_id: str) -> Card | None:
        """Return a check-in with all that decides whether it may be asked: also what else the client is asked."""
        return self.cards_among_others((session_id,)).get(session_id)

    def cards_among_others(self, sessions: Sequence[str]) -> dict[str, Card]:
        """Return the same of many check-ins, by session and in order; unknown ones are left out."""
        return self._cards(sessions, self.transaction.check_ins.others_of(sessions, self.now))

    def _cards(self, sessions: Sequence[str], others: Mapping[str, Others]) -> dict[str, Card]:
        """Read cards with a few queries for all of them. `others` is what is known of the clients' other check-ins."""
        people, stored = self.transaction.people, self.transaction.check_ins
        check_ins, held = stored.check_ins(sessions), stored.sessions(sessions)
        enrolments = people.enrolments([one.enrolment for one in check_ins.values()])
        therapists = people.therapists_by_id([one.therapist for one in enrolments.values()])
        accounts = self._accounts((*enrolments.values(), *therapists.values()))
        cards = {}
        for session in (one for one in sessions if one in check_ins):
            enrolment = enrolments[check_ins[session].enrolment]
            therapist, chat_id = therapists[enrolment.therapist], enrolment.account or NOBODY
            desk, other = accounts.get(therapist.account or NOBODY), others.get(session, NONE_KNOWN)
            cards[session] = Card(
                check_ins[session],
                held[session],
                enrolment,
                accounts.get(chat_id) or Account(chat_id),
                therapist,
                self.house.practice,
                other.card_is_open,
                other.last_sent_at,
                therapist_is_unreachable=desk is not None and desk.unreachable_since is not None,
            )
        return cards

    def opening(self, account: Account, code: str) -> Opening:
        """Return what a link opens for an account; it is not looked at after too many wrong ones."""
        people, invitations, practice = self.transaction.people, self.transaction.invitations, self.house.practice
        guesses = invitations.guesses_since(account.chat_id, self.now - GUESSES_COUNT_FOR)
        invitation = None if must_wait(guesses) else invitations.invitation(hash_of(code))
        if invitation is None:
            return Opening(account, practice, guesses=guesses)
        own_desk = people.therapist_of(account.chat_id)
        enrolment = people.enrolment(invitation.enrolment) if invitation.enrolment else None
        therapist = people.therapist(enrolment.therapist if enrolment else invitation.therapist or "")
        is_client = bool(people.enrolments_of(account.chat_id))
        return Opening(account, practice, invitation, therapist, enrolment, own_desk, is_client)

    def client(self, account: Account) -> Client:
        """Return an account as a client's, whether it is one or not."""
        people = self.transaction.people
        pairs = tuple((one, self._therapist(one)) for one in people.enrolments_of(account.chat_id))
        is_therapist = people.therapist_of(account.chat_id) is not None
        return Client(account, pairs, is_therapist, self.house.practice)

    def client_with_everything(self, account: Account) -> Client:
        """Return the same with the check-ins, and with a document of all that is stored about them."""
        enrolments = self.transaction.people.enrolments_of(account.chat_id)
        found = self.transaction.check_ins.check_ins_of([one.code for one in enrolments])
        document = everything_about(self.transaction, enrolments, account)
        return replace(
            self.client(account),
            check_ins=tuple(check_in for one in enrolments for check_in in found[one.code]),
            document=json.dumps(document, ensure_ascii=False, indent=2),
        )

    def asked(self, enrolment: Enrolment, account: Account, who: str = "") -> Asked:
        """Return what a client is asked before anything is stored of them. `who`: their name in Telegram."""
        return Asked(enrolment, account, self._therapist(enrolment), self.house.practice, who)

    def question(self, code: str) -> Asked | None:
        """Return an enrolment in which something is or was to be asked; None if nobody has opened it, or it is gone."""
        people = self.transaction.people
        enrolment = people.enrolment(code)
        account = people.account(enrolment.account) if enrolment and enrolment.account else None
        return self.asked(enrolment, account) if enrolment and account else None

    def asked_of(self, enrolment: Enrolment, account: Account, who: str) -> Asked:
        """Return the same with what a "no" withholds."""
        asked = self.asked(enrolment, account, who)
        if not enrolment.is_asked_anew:
            return asked
        check_ins = self.transaction.check_ins.check_ins_of((enrolment.code,))
        return replace(asked, check_ins=tuple(check_ins[enrolment.code]))

    def asked_by(self, therapist: Therapist, enrolment: Enrolment, desk: Account) -> Asked:
        """Return the same for the therapist, who says whether it is the right person."""
        account = self.transaction.people.account(enrolment.account) if enrolment.account is not None else None
        return Asked(enrolment, account or desk, therapist, self.house.practice)

    def _therapist(self, enrolment: Enrolment) -> Therapist:
        therapist = self.transaction.people.therapist(enrolment.therapist)
        assert therapist is not None
        return therapist

    def desk(self, therapist: Therapist, account: Account, about: str = "") -> Desk:
        """Return a therapist with the whole caseload, and with what a button is `about`."""
        people = self.transaction.people
        return Desk(
            therapist,
            account,
            self.records(people.enrolments_with(therapist.id), about),
            tuple(self.transaction.invitations.open_of(therapist.id, self.now)),
            self.house.practice,
            codes.fresh(self.transaction),
        )

    def records(self, enrolments: Sequence[Enrolment], about: str = "") -> tuple[ClientRecord, ...]:
        """Return what a therapist's side knows of some enrolments, in their order: all sessions, and the check-ins
        that are not settled, the newest, and that of the session `about`.
        """
        unsettled = self.transaction.check_ins.unsettled_of([one.code for one in enrolments], about)
        return self._records(enrolments, unsettled)

    def records_to_log(self, enrolments: Sequence[Enrolment]) -> tuple[ClientRecord, ...]:
        """Return the same with those check-ins alone that another session may cut short: what is planned or open."""
        return self._records(enrolments, self.transaction.check_ins.ahead_of([one.code for one in enrolments]))

    def _records(
        self, enrolments: Sequence[Enrolment], check_ins: Mapping[str, Sequence[CheckIn]]
    ) -> tuple[ClientRecord, ...]:
        sessions = self.transaction.check_ins.sessions_of([one.code for one in enrolments])
        accounts = self._accounts(enrolments)
        return tuple(
            ClientRecord(
                one,
                accounts.get(one.account or NOBODY),
                tuple(sessions[one.code]),
                tuple(check_ins[one.code]),
            )
            for one in enrolments
        )

    def overview(self, therapist: Therapist, account: Account) -> Overview:
        """Return a therapist with all that has come of the caseload's check-ins."""
        return Overview(therapist, account, self.histories(therapist.id), self.house.practice)

    def histories(self, therapist_id: str) -> tuple[ClientHistory, ...]:
        """Return the histories of a therapist's clients, in the order of the invitations."""
        enrolments, histories = self.transaction.people.enrolments_with(therapist_id), self.transaction.histories
        accounts, check_ins = self._accounts(enrolments), histories.check_ins(therapist_id)
        last_sessions, talked_about = histories.last_sessions(therapist_id), histories.talked_about(therapist_id)
        return tuple(
            ClientHistory(
                one,
                accounts.get(one.account or NOBODY),
                tuple(check_ins.get(one.code, ())),
                last_sessions.get(one.code),
                frozenset(talked_about.get(one.code, ())),
            )
            for one in enrolments
        )

    def _accounts(self, holders: Iterable[Enrolment | Therapist]) -> dict[int, Account]:
        """Return the accounts of clients or therapists, by their chats; who has opened no link yet has none."""
        return self.transaction.people.accounts([one.account for one in holders if one.account is not None])

    def presence(self, account: Account) -> Presence:
        """Return whether an account can be reached, with the clients who depend on it if it is a therapist's."""
        therapist = self.transaction.people.therapist_of(account.chat_id)
        return self.presence_of(therapist, account) if therapist else Presence(account)

    def presence_of(self, therapist: Therapist, account: Account) -> Presence:
        """Return a therapist's presence, with the clients who depend on it."""
        enrolments = self.transaction.people.enrolments_with(therapist.id)
        active = tuple(one for one in enrolments if one.state is EnrolmentState.ACTIVE)
        return Presence(account, therapist, active)

    def account_of(self, therapist: Therapist | None) -> Account | None:
        """Return a therapist's account; None if they have opened no link yet, or there is no therapist."""
        if therapist is None or therapist.account is None:
            return None
        return self.transaction.people.account(therapist.account)

    def waiting(self, row: QueuedRow) -> Waiting:
        """Return what a queued message depends on, as it is now."""
        people, check_ins = self.transaction.people, self.transaction.check_ins
        enrolment = people.enrolment(row.enrolment) if row.enrolment else None
        own_desk = people.therapist_of(row.chat_id) if row.purpose in DEPENDS_ON_DESK else None
        shown = check_ins.check_ins(row.shows)
        return Waiting(
            row.purpose,
            row.chat_id,
            self.house.practice,
            people.account(row.chat_id),
            enrolment,
            own_desk,
            self.card_among_others(row.session) if row.session and row.purpose in DEPENDS_ON_CARD else None,
            tuple(shown.get(session) for session in row.shows),
        )
