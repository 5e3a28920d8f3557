"""Invitations and pairing: links that work once, for the right person."""

from conversations.people import EnrolmentState
from tests.stories.practice import Practice


def test_a_therapist_enrols_by_the_link_and_sets_the_time_zone(practice: Practice) -> None:
    """Without a zone from the operator, the therapist is asked for it, and the summary comes at their local hour."""
    practice.at("Tue 12:00")
    therapist = practice.therapist(zone=None)
    therapist.sees_in_chat("Welcome. You are enrolled.", "/invite", "Monday 9 March, 08:00")
    therapist.sees("Which time zone are you in? I assume Europe/Berlin.")

    therapist.says("Atlantis").sees("That is not a time zone.")
    therapist.says("lisbon").sees("Done. The next summary comes on Monday 9 March, 08:00 (Europe/Lisbon).")
    practice.at("2026-03-09 08:59")
    therapist.sees_nowhere("Your weekly summary")
    practice.at("2026-03-09 09:00")
    therapist.sees("Your weekly summary is ready.")


def test_an_invitation_is_a_link_with_its_qr_picture(practice: Practice) -> None:
    """`/invite` and an alias answers with a link and a picture of it."""
    therapist = practice.therapist().says("/invite R.")

    therapist.sees("Here is the invitation.", "For R.", "It works once, for 14 days.", "https://t.me/")
    assert therapist.last.photo is not None
    assert therapist.last.photo.startswith(b"\x89PNG")
    assert therapist.labels == ["Take it back", "Open their page"]


def test_an_alias_is_asked_for_when_it_is_missing(practice: Practice) -> None:
    """`/invite` alone asks whom; any other command in between means that the next text is no alias."""
    therapist = practice.therapist().says("/invite").sees("Which client?")
    therapist.says("R.\nsecond line").sees("For R. second line.")

    therapist.says("/invite").says("/settings").says("thank you")
    therapist.sees("I can't take messages here")
    therapist.says("/clients").sees("Your clients:").sees_nowhere("thank you")


def test_a_forwarded_invitation_is_found_out_by_the_therapist(practice: Practice) -> None:
    """Whoever opens a forwarded link gets nothing once the therapist says that it is not the client."""
    therapist = practice.therapist()
    stranger = practice.someone("Kim B.").starts(practice.invitation(therapist, "R")).taps("I agree")

    therapist.sees("Please confirm somebody.", "Kim B. has opened the invitation for R").taps("No")
    therapist.sees("Not paired.", "/invite makes a new link.")
    stranger.sees("This invitation could not be confirmed.", "meant for somebody else")
    heard = len(stranger.chat)

    therapist.taps("Yes, it's them").sees("That is settled.")
    therapist.says("/session R").sees("I can't find that client among yours.")
    practice.at("Mon 08:00")
    stranger.sees_nothing_new(since=heard)
    assert practice.enrolment().state is EnrolmentState.REFUSED

    client = practice.client(therapist, "R")
    client.sees("All set.")


def test_a_used_link_works_for_nobody_else(practice: Practice) -> None:
    """A second person with the same link is told that it does not work, and learns nothing else."""
    therapist = practice.therapist()
    code = practice.invitation(therapist, "R")
    practice.someone().starts(code).taps("I agree")
    therapist.taps("Yes, it's them")

    practice.someone("Second").starts(code).sees("This link doesn't work any more.").sees_nowhere("Weber")


def test_the_same_person_may_tap_the_link_again(practice: Practice) -> None:
    """Before the answer a second tap on the link repeats the question; afterwards it says that all is done."""
    therapist = practice.therapist()
    code = practice.invitation(therapist, "R")
    client = practice.someone().starts(code).starts(code)
    client.sees("A question before we begin.").starts().sees("A question before we begin.")

    client.taps("I agree").starts(code).sees("You have agreed already.")
    therapist.taps("Yes, it's them")
    client.starts(code).sees("You have agreed already.")
    client.starts().sees("Hello again.", "Dr. Weber: check-ins are on")


def test_an_expired_a_revoked_and_a_made_up_link_get_the_same_answer(practice: Practice) -> None:
    """A link that does not work gives nothing away, whatever the reason."""
    therapist = practice.therapist()
    expired, revoked = practice.invitation(therapist, "Q"), practice.invitation(therapist, "R")
    therapist.taps("Take it back").sees("Taken back.", "The link for R no longer works.")
    therapist.taps("Take it back").sees("There is no open link.", "no longer works. /invite makes a new one.")
    practice.later(days=14)

    answers = [practice.someone().starts(code).last.text for code in (expired, revoked, "made-up")]
    assert [answer.partition("\n")[0] for answer in answers] == ["This link doesn't work any more."] * 3
    assert len(set(answers)) == 1


def test_a_new_invitation_replaces_the_older_one(practice: Practice) -> None:
    """Inviting the same alias again kills the first link; once opened, the alias is taken."""
    therapist = practice.therapist()
    first, second = practice.invitation(therapist, "R"), practice.invitation(therapist, "r")
    practice.someone().starts(first).sees("This link doesn't work any more.")
    practice.someone().starts(second).sees("A question before we begin.")

    therapist.says("/invite R").sees("This name is taken.", "opened the link, has not answered yet")


def test_a_therapist_who_taps_the_clients_link_leaves_it_unused(practice: Practice) -> None:
    """Therapists may look at their own invitation; it still works for the client."""
    therapist = practice.therapist()
    code = practice.invitation(therapist, "R")
    therapist.starts(code).sees("This link is for your client, so I have left it unused.")

    practice.someone().starts(code).sees("A question before we begin.")


def test_a_pairing_that_was_missed_can_be_confirmed_from_the_clients_page(practice: Practice) -> None:
    """Who blocked the bot when the client agreed still finds the question on the client's page."""
    therapist = practice.therapist()
    code = practice.invitation(therapist, "R")
    therapist.blocks()
    client = practice.someone().starts(code).taps("I agree")

    therapist.unblocks().says("/clients").sees("R: agreed, waiting for you to confirm").taps("R")
    therapist.taps("Yes, it's them").sees("Confirmed.")
    client.sees("All set.")


def test_guessing_codes_is_slowed(practice: Practice) -> None:
    """After five wrong links in an hour even a good one has to wait; it works when the hour is over."""
    therapist = practice.therapist()
    code = practice.invitation(therapist, "R")
    someone = practice.someone()
    for number in range(5):
        someone.starts(f"made-up-{number}").sees("This link doesn't work any more.")

    someone.starts("made-up-5").sees("Please wait an hour.")
    someone.starts(code).sees("Please wait an hour.").sees_nowhere("Weber")
    practice.someone("Other").starts("made-up-6").sees("This link doesn't work any more.")
    practice.later(minutes=59)
    someone.starts(code).sees("Please wait an hour.")
    practice.later(minutes=1)
    someone.starts(code).sees("A question before we begin.")


def test_wrong_links_far_apart_are_no_guessing(practice: Practice) -> None:
    """Who tries an old link now and then is told each time that it does not work."""
    someone = practice.someone()
    for number in range(10):
        someone.starts(f"made-up-{number}").sees("This link doesn't work any more.")
        practice.later(minutes=15)
