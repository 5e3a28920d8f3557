"""What stands below each message: every button says what it does, and carries what it says."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from conversations.buttons import encode
from conversations.message import Attachment, AttachmentKind, Message
from conversations.people import EnrolmentState
from conversations.sessions import CheckIn, CheckInState, Page
from conversations.wording import caseload as caseload_wording
from conversations.wording import check_in as card_wording
from conversations.wording import client as client_wording
from conversations.wording import consent as consent_wording
from conversations.wording import therapist as therapist_wording
from tests.conversations.made_up import BERLIN, NOW, PRACTICE, check_in, enrolment, record, session, therapist

OTTER = enrolment()
STARTED = check_in(state=CheckInState.STARTED)


def keyboard(message: Message) -> list[list[str]]:
    """Return the rows of buttons, each as "what it says = what it carries"."""
    return [[f"{button.label} = {encode(button.action)}" for button in row] for row in message.buttons]


def card_page(page: Page, held: CheckIn = STARTED, question: str | None = None) -> Message:
    """Return a page of a card."""
    turned = replace(held, page=page, question=question)
    return card_wording.page(turned, PRACTICE.questions, "Dr. Made-Up", "Monday 9 March", BERLIN)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            partial(client_wording.pause_question, ((OTTER, therapist()),)),
            [
                ["1 week = pause:7", "2 weeks = pause:14", "4 weeks = pause:28"],
                ["Until I resume = pause:0"],
                ["Never mind = keep"],
            ],
        ),
        (
            partial(client_wording.erase_question, is_therapist=False, practice=PRACTICE),
            [["Yes, delete everything = erase"], ["Never mind = keep"]],
        ),
        (
            partial(consent_wording.asked, OTTER, therapist(), PRACTICE),
            [["I agree = agree:MADEUP-E"], ["No, thanks = no:MADEUP-E", "Ask me later = later:MADEUP-E"]],
        ),
        (
            partial(
                consent_wording.stop_choice,
                ((OTTER, therapist()), (enrolment(code="MADEUP-F"), therapist("Dr. Other"))),
            ),
            [["Dr. Made-Up = stop:MADEUP-E"], ["Dr. Other = stop:MADEUP-F"], ["Never mind = keep"]],
        ),
        (
            partial(consent_wording.stop_question, OTTER, therapist()),
            [["Yes, stop = stopyes:MADEUP-E"], ["Never mind = keep"]],
        ),
    ],
    ids=["pause", "erase", "consent", "which to stop", "stop"],
)
def test_a_clients_buttons_do_what_they_say(message: Callable[[], Message], expected: list[list[str]]) -> None:
    """And none asks for more than one decision."""
    assert keyboard(message()) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            partial(card_page, Page.READY),
            [["Start = start:S1"], ["Not this time = pass:S1", "We didn't meet = nomeet:S1"]],
        ),
        (
            partial(card_page, Page.QUESTION, question="return"),
            [
                ["Yes = rate:S1:return:5"],
                ["I think so = rate:S1:return:4"],
                ["Not sure = rate:S1:return:3"],
                ["Rather not = rate:S1:return:2"],
                ["No = rate:S1:return:1"],
                ["Back = back:S1:return", "Skip = skip:S1:return"],
            ],
        ),
        (
            partial(card_page, Page.REASON),
            [
                ["Not really listened to = reason:S1:listened"],
                ["My pain isn't seen = reason:S1:pain"],
                ["My problem isn't understood = reason:S1:problem"],
                ["We don't want the same things = reason:S1:goals"],
                ["It isn't helping = reason:S1:helping"],
                ["I can't be open, or don't feel safe = reason:S1:safe"],
                ["Time, money or distance = reason:S1:practical"],
                ["I've finished what I came for = reason:S1:finished"],
                ["I'd rather not say = reason:S1:unsaid"],
                ["Back = back:S1:reason", "Skip = skip:S1:reason"],
            ],
        ),
        (
            partial(card_page, Page.WISH),
            [
                ["Bring it up next session = wish:S1:bringup"],
                ["Contact me before our next session = wish:S1:contact"],
                ["Just know it = wish:S1:know"],
                ["I'll raise it myself = wish:S1:myself"],
                ["Keep this private = wish:S1:private"],
                ["Back = back:S1:wish", "Skip = skip:S1:wish"],
            ],
        ),
        (partial(card_page, Page.COMMENT), [["Done = done:S1"], ["Back = back:S1:comment"]]),
        (
            partial(card_page, Page.COMMENT, check_in(comments=("Made-up words.",))),
            [["Done = done:S1"], ["Remove what I wrote = uncomment:S1"], ["Back = back:S1:comment"]],
        ),
        (
            partial(card_page, Page.FINISHED),
            [["See my answers = see:S1", "Change = change:S1", "Keep private = private:S1"]],
        ),
        (
            partial(card_wording.answers, replace(check_in("5,5,5,5"), kept_private=True), PRACTICE.questions),
            [["Hide = hide:S1", "Change = change:S1", "Share after all = share:S1"]],
        ),
    ],
    ids=["ready", "question", "reason", "wish", "comment", "comments", "finished", "answers"],
)
def test_a_cards_buttons_do_what_they_say(message: Callable[[], Message], expected: list[list[str]]) -> None:
    """Each names the session that it is about, so that an older card still means its own."""
    assert keyboard(message()) == expected


LOG_A_SESSION = [["Just ended = ended:MADEUP-E", "Ended at … = endedat:MADEUP-E"]]
CANCEL = ["Cancel the one of Thu 5 Mar = undo:MADEUP-E-1"]
REMOVE = ["Remove = remove:MADEUP-E"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            partial(therapist_wording.invitation, OTTER, "https://made-up.example/link", 14),
            [["Take it back = revoke:MADEUP-E", "Open their page = client:MADEUP-E"]],
        ),
        (partial(therapist_wording.alias_is_taken, OTTER), [["Open their page = client:MADEUP-E"]]),
        (
            partial(therapist_wording.pairing, OTTER, "Kim"),
            [["Yes, it's them = pair:MADEUP-E", "No = unpair:MADEUP-E"]],
        ),
        (
            partial(therapist_wording.pairing_confirmed, OTTER),
            [["Just ended = ended:MADEUP-E", "Open their page = client:MADEUP-E"]],
        ),
        (partial(caseload_wording.session_question, record("5,5,5,5"), BERLIN), [*LOG_A_SESSION, CANCEL]),
        (
            partial(caseload_wording.session_question, record("5,5,5,5", "5,5,5,5"), BERLIN),
            [*LOG_A_SESSION, ["Cancel the one of Thu 5 Mar = undo:MADEUP-E-2"]],
        ),
        (
            partial(caseload_wording.remove_question, record()),
            [["Yes, remove = removeyes:MADEUP-E", "Never mind = keep"]],
        ),
        (partial(therapist_wording.heads_up), [["Show my summary = digest"]]),
        (
            partial(therapist_wording.settings, therapist(), NOW),
            [
                ["Change the day = dday", "Change the hour = dhour"],
                ["Change the time zone = zone"],
                ["Turn the nudge off = headsup:off"],
            ],
        ),
        (
            partial(therapist_wording.settings, replace(therapist(), heads_up=False), NOW),
            [
                ["Change the day = dday", "Change the hour = dhour"],
                ["Change the time zone = zone"],
                ["Turn the nudge on = headsup:on"],
            ],
        ),
        (
            partial(therapist_wording.choose_day),
            [
                ["Monday = setday:0", "Tuesday = setday:1"],
                ["Wednesday = setday:2", "Thursday = setday:3"],
                ["Friday = setday:4", "Saturday = setday:5"],
                ["Sunday = setday:6"],
            ],
        ),
        (partial(caseload_wording.logged, record(), session(), check_in(), BERLIN), [["Undo = undo:S1"]]),
        (partial(caseload_wording.client_page, record(), BERLIN, NOW), [*LOG_A_SESSION, REMOVE]),
        (partial(caseload_wording.client_page, record("5,5,5,5"), BERLIN, NOW), [*LOG_A_SESSION, CANCEL, REMOVE]),
        (
            partial(caseload_wording.client_page, record(state=EnrolmentState.INVITED), BERLIN, NOW),
            [*LOG_A_SESSION, ["Take the link back = revoke:MADEUP-E"], REMOVE],
        ),
        (
            partial(caseload_wording.client_page, record(state=EnrolmentState.GRANTED), BERLIN, NOW),
            [["Yes, it's them = pair:MADEUP-E", "Not them = unpair:MADEUP-E"], *LOG_A_SESSION, REMOVE],
        ),
    ],
)
def test_a_therapists_buttons_do_what_they_say(message: Callable[[], Message], expected: list[list[str]]) -> None:
    """Each names the client that it is about by their code."""
    assert keyboard(message()) == expected


def test_a_caseload_has_three_buttons_in_a_row() -> None:
    """One for each client."""
    clients = tuple(record(alias=name, code=name.upper()) for name in ("Otter", "Heron", "Newt", "Dove"))
    assert keyboard(caseload_wording.caseload(clients, BERLIN, 1, 1)) == [
        ["Otter = client:OTTER", "Heron = client:HERON", "Newt = client:NEWT"],
        ["Dove = client:DOVE"],
    ]


def test_an_invitation_comes_with_the_picture_of_its_link() -> None:
    """A client in the room can scan it."""
    link = "https://made-up.example/link"
    message = therapist_wording.invitation(OTTER, link, 14)
    assert message.attachment == Attachment(AttachmentKind.QR_CODE, link)
    assert message.blocks[-1] == link


def test_what_is_added_to_an_answer_takes_no_button_away() -> None:
    """Whoever wrote what is not kept can still do what the answer offers."""
    offered = client_wording.erase_question(is_therapist=False, practice=PRACTICE)
    assert keyboard(client_wording.nothing_kept(offered, PRACTICE)) == keyboard(offered)
