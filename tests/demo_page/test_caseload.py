"""Ten weeks of a made-up caseload, and what is made visible of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.demo.page import actions
from bot.demo.page.actions import Hour
from bot.demo.page.caseload import ALIASES, CLIENTS, FIRST_NUMBER
from bot.demo.page.home import passing_home
from bot.demo.page.scene import Json, Scene, news
from bot.demo.page.show import NotPossible, Place, Show
from bot.demo.telegram import PretendTelegram, serve
from conversations.signals import SignalKind, Silence
from conversations.wording.digest import PARTS, SILENCES


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    """Every scene that pages were told."""
    return []


@pytest.fixture(scope="module")
def show(scenes: list[Scene]) -> Iterator[Show]:
    """A show after the ten weeks."""
    telegram = PretendTelegram()
    with passing_home() as home, serve(telegram) as url:
        show = Show(Place(home, telegram, url), scenes.append)
        show.do(actions.PlaysCaseload())
        yield show
        assert show.stage.world.errors == []
        show.close()


def digest(show: Show) -> str:
    """Return the newest summary."""
    return next(message.text for message in reversed(show.therapist.phone.sees()) if "summary" in message.text)


@pytest.mark.unmeasured
def test_the_summary_holds_every_kind_of_signal_and_silence(show: Show) -> None:
    """The clients are in the order of the digest's parts, the one who no longer wants to come back first."""
    text = digest(show)
    assert text.startswith("Your weekly summary is ready.\n\nMonday 11 May 2026.")
    assert text.index("No longer wants to come back\nOtter") < text.index("Asked to be contacted\nHeron")
    assert text.index("Changed from their own usual\nWren") < text.index("A low answer\nFox")
    assert text.index("Not heard from\nBadger") < text.index("Comments\nDove")
    for kind in set(Silence) - {Silence.ASKED_ANEW}:  # the terms do not change in ten weeks
        assert SILENCES[kind] in text, kind
    assert "an answer of 3 to this question" in text
    assert "All best answers 10 times in a row, which says little." in text
    assert "kept private" in text


def test_every_signal_is_explained_behind_the_scenes(show: Show) -> None:
    """Each kind has its title and the rule that raised it, and the silent ones have their reason."""
    raised = {signal["title"] for place in range(len(CLIENTS)) for signal in behind(show, place)["signals"]}
    titles = ("No longer wants to come back", "Asked to be contacted", "Unsure about coming back")
    assert set(titles) < raised
    assert len(raised) == len(SignalKind) + 1
    assert raised < set(PARTS.values())
    otter = behind(show, 0)
    assert otter["signals"][0]["rule"] == "an answer of 1 or 2 to this question"
    assert "Your wish: Bring it up next session" in otter["check_ins"][0]["answers"]


def behind(show: Show, place: int) -> Json:
    """Return what is behind the phone of a made-up client."""
    return show.behind(FIRST_NUMBER + place)


def test_everybody_is_visibly_made_up(show: Show) -> None:
    """Names say so, and aliases are those of animals."""
    assert all(client.name.endswith("(made up)") for client in show.clients[1:])
    assert len(ALIASES) == len(CLIENTS) == 12


def test_pages_are_told_how_far_it_is(show: Show, scenes: list[Scene]) -> None:
    """Each week is named while it is played, and in the end the bot is at rest."""
    progress = [scene.head["progress"] for scene in scenes if scene.head["progress"]]
    assert progress[-1] == "Playing week 10 of 10 …"
    assert not scenes[-1].head["working"]
    assert scenes[-1].head["has_caseload"]
    assert len(show.clients) == 13


def test_it_is_played_once(show: Show) -> None:
    """The second time it is refused, and nothing changes."""
    before = show.scene().phones
    with pytest.raises(NotPossible, match="there already"):
        show.do(actions.PlaysCaseload())
    assert show.scene().phones == before


def test_the_tour_can_be_taken_among_many(show: Show) -> None:
    """A client who is added later is invited by an alias that nobody has, and the tour begins with them."""
    show.do(actions.Enters())
    head = show.scene().phones[503].head
    assert head["step"] == 0
    assert head["suggestions"] == ["/invite S", "/digest"]


def test_a_page_that_is_up_to_date_is_told_nothing_twice(show: Show) -> None:
    """Between two equal scenes there is no news; one that began anew is told as a whole."""
    scene = show.scene()
    told = news(scene, show.scene())
    assert not told["whole"]
    assert all(phone["changed"] == [] and phone["gone"] == [] for phone in told["phones"])
    assert news(Scene(scene.stage + 1, scene.head, scene.phones), scene)["whole"]


def test_presets_follow_the_practices_own_time(show: Show) -> None:
    """Monday at eight is eight in Berlin, in summer too."""
    assert show.moment(Hour.MONDAY) == datetime(2026, 5, 18, 6, 0, tzinfo=UTC)
    assert show.moment(Hour.TOMORROW) == datetime(2026, 5, 12, 7, 0, tzinfo=UTC)
