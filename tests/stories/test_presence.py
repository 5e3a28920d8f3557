"""Blocked and back: clients and therapists whom the bot can't reach. Nobody is asked when nobody reads."""

from conversations.sessions import CheckInState
from tests.stories.practice import Practice


def test_a_client_blocks_the_bot_and_comes_back(practice: Practice) -> None:
    """Who blocks the bot is left alone; who comes back gets the next check-in, and nothing is made up for."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 14:00").session_ends(therapist)
    client.blocks()
    practice.at("Tue 17:00")
    assert [one.state for one in practice.check_ins()] == [CheckInState.MISSED]
    therapist.says("/digest").sees("Not heard from", "R", "The bot can't reach them")
    therapist.says("/clients").taps("R").sees("The bot can't reach them.")

    heard = len(client.chat)
    client.unblocks().sees_nothing_new(since=heard)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.sees("A short check-in is ready.")
    therapist.says("/digest").sees("Nothing new", "R")


def test_a_block_that_telegram_reports_only_on_sending(practice: Practice) -> None:
    """A check-in that is refused is missed; writing again is enough to be reached again."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 14:00").session_ends(therapist)
    client.phone.blocks()
    practice.at("Tue 16:00")
    client.phone.unblocks()
    client.says("/help").sees("What you can do here:")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.sees("A short check-in is ready.")


def test_a_therapist_who_stays_away_for_a_week(practice: Practice) -> None:
    """After a week clients are told, by day, and check-ins wait; when the therapist is back they are told, too."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Tue", "Yes", "Yes", "Mostly", "Yes")
    practice.at("Tue 22:00")
    therapist.blocks()
    practice.at("2026-03-10 21:59")
    client.sees_nowhere("waiting for now")
    practice.at("2026-03-11 09:00")
    client.sees("Check-ins are waiting for now.", "Dr. Weber can't be reached", "nobody would read your answers")
    client.starts().sees("Dr. Weber: check-ins are waiting")
    heard = len(client.chat)
    practice.at("2026-03-18 12:00")
    client.sees_nothing_new(since=heard)

    therapist.unblocks()
    client.sees("Check-ins are on again.", "Dr. Weber can be reached again.")
    practice.at("2026-03-23 08:00")
    therapist.sees("Your weekly summary is ready.", "1 asked, 1 answered", "Relieved afterwards 4")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.sees("A short check-in is ready.")


def test_who_asks_to_be_contacted_while_the_therapist_can_not_be_reached(practice: Practice) -> None:
    """No day is promised that nobody keeps: the practice's own contact is named instead."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist)
    therapist.phone.blocks()
    practice.at("Thu 16:00")
    client.answers("Start", "Yes", "Mostly", "Mostly", "No", "Skip", "Contact me before our next session", "Done")
    client.sees("Dr. Weber can't be reached through this bot right now", "please ask Kim at the front desk")
    client.sees_nowhere("at the latest")


def test_an_open_card_while_nobody_reads(practice: Practice) -> None:
    """A tap on a card says that nobody would read the answers, instead of promising a day."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes")
    practice.removes_therapist()
    client.sees("Your check-ins have ended.", "Dr. Weber no longer uses this bot").taps("Mostly")
    client.sees("Your check-ins have ended.").says("I feel very bad today.")
    client.sees("What you wrote was not kept.", "Nobody reads this chat live.")
    practice.at("Sun 15:00")
    client.sees_in_chat("Thank you. This check-in is complete.").sees_nowhere("at the latest")


def test_a_therapist_is_removed(practice: Practice) -> None:
    """The operator's word ends the desk: clients are told, links die, nothing more is asked or told."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    code = practice.invitation(therapist, "S")
    practice.at("Thu 14:00").session_ends(therapist)
    practice.removes_therapist()

    client.sees("Your check-ins have ended.", "Answers that had not been sent are not sent any more.")
    heard, told = len(client.chat), len(therapist.chat)
    practice.at("Thu 17:00").at("Mon 08:00")
    client.sees_nothing_new(since=heard)
    therapist.sees_nothing_new(since=told).says("/clients").sees("This command is for therapists.")
    practice.someone().starts(code).sees("This link doesn't work any more.")
    client.says("/mydata").sees("Dr. Weber: check-ins have ended").says("/stop").taps("Yes, stop").sees("Stopped.")
