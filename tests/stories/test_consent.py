"""Consent: asked for, given, refused, put off, asked for anew."""

import pytest

from conversations.people import EnrolmentState
from conversations.sessions import CheckInState
from conversations.wording import consent
from tests.stories.practice import Practice


def test_a_client_reads_what_it_is_about_and_agrees(practice: Practice) -> None:
    """The link leads to the consent text; after "I agree" and the therapist's word, all is set."""
    therapist = practice.therapist()
    client = practice.someone("Robin").starts(practice.invitation(therapist, "R"))

    client.sees("A question before we begin.", "Dr. Weber", "It is up to you", "Who sees it", "0800 000 000", "/stop")
    assert client.labels == ["I agree", "No, thanks", "Ask me later"]
    client.taps("I agree").sees("Thank you.", "Dr. Weber will confirm that it is you.")
    therapist.sees("Robin has opened the invitation for R and agreed. Is it them?").taps("Yes, it's them")
    therapist.sees("Confirmed.", "R gets a check-in after each session")
    client.sees("All set.", "after your next session")

    with practice.stored() as transaction:
        [texts] = transaction.people.engine.query("SELECT count(*) AS n FROM consent_texts")
    assert texts["n"] == 1


def test_no_is_taken_for_an_answer(practice: Practice) -> None:
    """Who declines is thanked and left alone; a later "I agree" on the same text does not count."""
    therapist = practice.therapist()
    client = practice.someone().starts(practice.invitation(therapist, "R"))

    client.taps("No, thanks").sees("That's all right. You won't be asked again.")
    heard = len(client.chat)
    practice.at("Wed 12:00").at("Wed 12:00")
    client.sees_nothing_new(since=heard)

    client.taps("I agree").sees("You said no, and that stands.", "ask for a new invitation")
    therapist.says("/clients").sees("R: said no")
    assert practice.enrolment().state is EnrolmentState.DECLINED


def test_ask_me_later_comes_back_on_the_next_day(practice: Practice) -> None:
    """Who taps "Ask me later" is asked once more a day later, outside of quiet hours, and never a third time."""
    therapist = practice.therapist()
    practice.at("Mon 22:30")
    client = practice.someone().starts(practice.invitation(therapist, "R"))
    client.taps("Ask me later").sees("I'll ask you once more, in about a day.")
    heard = len(client.chat)

    practice.at("Wed 08:55")
    client.sees_nothing_new(since=heard)
    practice.at("Wed 09:00")
    client.sees("A question before we begin.")
    practice.later(days=5)
    client.sees_nothing_new(since=heard + 1).taps("I agree").sees("Thank you.")


def test_between_start_and_consent_there_is_only_the_question(practice: Practice) -> None:
    """A session logged before the client has agreed asks nothing yet; the check-in comes once all is settled."""
    therapist = practice.therapist()
    client = practice.someone().starts(practice.invitation(therapist, "R"))
    practice.at("Thu 14:00").session_ends(therapist)
    therapist.sees("A check-in goes out once they have agreed and you have confirmed them.")
    practice.at("Thu 17:00")
    client.sees("A question before we begin.").taps("I agree")
    practice.at("Thu 18:00")
    client.sees("Dr. Weber will confirm that it is you.")
    therapist.taps("Yes, it's them")
    client.sees("A short check-in is ready.")


def test_a_session_of_somebody_who_never_opens_the_link_is_given_up(practice: Practice) -> None:
    """A check-in that nobody could be asked ends with its time."""
    therapist = practice.therapist()
    practice.invitation(therapist, "R")
    practice.session_ends(therapist).later(days=4)

    assert [one.state for one in practice.check_ins()] == [CheckInState.MISSED]


def test_a_new_version_of_the_terms_is_asked_about_before_the_next_check_in(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the terms change, clients are asked again instead of being sent a check-in, which follows their yes."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Tue", "Yes", "Yes", "Yes", "Yes")
    monkeypatch.setattr(consent, "TERMS_VERSION", 99)

    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.sees("What you agreed to has changed", "A question before we begin.")
    therapist.says("/clients").sees("R: asked to agree again, has not answered yet")
    practice.at("Thu 18:00")
    client.taps("Keep private").sees_in_chat("This check-in is kept private.")
    client.taps("I agree").sees("A short check-in is ready.")
    client.sees_in_chat("Thank you. The check-ins go on.")
    assert [client.screen.count(text) for text in ("A question before we begin.", "has confirmed that it is")] == [2, 1]


def test_who_says_no_to_new_terms_gets_no_more_check_ins(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A no to changed terms ends the check-ins, and the therapist's summary says so."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    monkeypatch.setattr(consent, "TERMS_VERSION", 99)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")

    client.taps("No, thanks").sees("That's all right.", "No more check-ins about the work with Dr. Weber.")
    heard = len(client.chat)
    practice.at("Mon 08:00")
    client.sees_nothing_new(since=heard)
    therapist.sees("Not heard from", "R", "They said no to check-ins.")
    assert [one.state for one in practice.check_ins()] == [CheckInState.CANCELLED]


def test_a_no_to_new_terms_withholds_what_was_not_sent_yet(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a stop does: the therapist is not sent answers of somebody who has said no meanwhile."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Tue", "Yes", "Mostly", "Mostly", "No", "Skip", "Skip")
    monkeypatch.setattr(consent, "TERMS_VERSION", 99)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")

    client.taps("No, thanks").sees("Answers that Dr. Weber had not been sent yet are withheld.")
    practice.at("Mon 08:00")
    therapist.sees("R", "They said no to check-ins.").sees_nowhere("Wants to come back 1")
