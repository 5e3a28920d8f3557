"""What others can read over a shoulder: first lines give nothing away, for clients and therapists alike."""

from tests.stories.practice import Practice

FORBIDDEN = (
    "therap",
    "Robin",
    "Quentin",
    "No (1",
    "helping",
    "1 of 5",
    "want to go back",
    "come back",
    "Weber",
    "secret",
)


def test_no_lock_screen_gives_anything_away(practice: Practice) -> None:
    """Through a whole story no notification names therapy, an alias or an answer."""
    therapist = practice.therapist(zone=None)
    therapist.says("Berlin").says("/invite Quentin")
    client = practice.client(therapist, "Quentin", "Robin")
    practice.at("Tue 14:00").session_ends(therapist, "Quentin").at("Wed 17:00")
    client.answers("Start", "No", "No", "No").says("1").answers(
        "It isn't helping", "Contact me before our next session"
    )
    client.says("secret " * 200).taps("Done").taps("See my answers").says("secret")
    client.says("/mydata").says("/privacy").says("/help").says("/timezone").says("/pause").taps("1 week").says(
        "/resume"
    )
    client.starts().says("/stop")
    practice.at("Mon 08:00")
    therapist.taps("Read all: Quentin").taps("Talked about it: Quentin (coming back)")
    for words in ("/clients", "/session Quentin", "/session Nobody", "/digest", "/settings", "/help", "/privacy"):
        therapist.says(words)
    therapist.taps("Quentin").taps("Ended at …").says("8:00").taps("Undo").says("/invite quentin").taps("Remove")
    client.taps("Yes, stop")
    therapist.taps("Yes, remove")

    lines = therapist.lock_screen + client.lock_screen
    assert [line for line in lines if any(word.lower() in line.lower() for word in FORBIDDEN)] == []
    assert len(lines) > 40


def test_the_last_messages_of_a_desk_are_neutral_too(practice: Practice) -> None:
    """The same holds for what comes unasked: refusals, erasures, absence."""
    therapist = practice.therapist()
    client = practice.client(therapist, "Quentin", "Robin")
    refused = practice.someone("Robin").starts(practice.invitation(therapist, "Q")).taps("I agree")
    therapist.taps("No")
    practice.check_in(therapist, client, "Tue", "Yes", "Yes", "Yes", "Yes", alias="Quentin")
    client.says("/deletemydata").taps("Yes, delete everything")
    other = practice.client(therapist, "Quentin", "Robin")
    practice.removes_therapist()

    lines = [line for one in (therapist, client, refused, other) for line in one.lock_screen]
    assert [line for line in lines if any(word.lower() in line.lower() for word in FORBIDDEN)] == []
