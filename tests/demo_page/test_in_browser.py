"""The page in a real browser: real clicks and keys, what is shown, and what stands in nobody's way."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.demo_page.visitor import Visitor

pytestmark = pytest.mark.unmeasured

HOSTILE = (
    '<img src=x onerror="document.title=1"> <script>document.title=2</script> </p> &amp; {name} '
    "\u202eright to left override\u202c שלום مرحبا 🧑🏽\u200d🚀😭 \u2066\u2069"
)


def at_the_comment(visitor: Visitor) -> None:
    """Bring the client to the last page of the card, after a "No"."""
    visitor.enrols()
    visitor.turns("A session with Robin ends")
    visitor.turns("+2 hours")
    visitor.taps(visitor.client, "Start", "Partly", "Not really", "No", "No", "My pain isn't seen")
    visitor.taps(visitor.client, "Contact me before our next session")
    visitor.shows(visitor.client, "Anything you want Dr. Weber to know?")


def test_the_tour_leads_to_the_digest_by_clicks(visitor: Visitor) -> None:
    """Whoever clicks what is marked, step by step, reads a summary with the client first."""
    titles = []
    for _ in range(30):
        title = visitor.tour.get_by_role("heading").inner_text()
        if title == "That was it":
            break
        titles += [] if title in titles else [title]
        visitor.page.locator(".next").click()
        visitor.is_done()
    steps = ("Invite", "Agree", "Confirm", "A session ends", "Answer", "Monday", "Read the summary")
    assert titles == [f"Step {number} of 7: {title}" for number, title in enumerate(steps, 1)]
    digest = visitor.therapist.locator(".message", has_text="Your weekly summary is ready.")
    expect(digest).to_contain_text(re.compile(r"No longer wants to come back\s+R\s"))
    expect(digest).to_contain_text("Why it is here: an answer of 1 or 2 to this question.")
    visitor.shows(visitor.therapist, "For R: this comes up again only if a later check-in says so.")
    expect(visitor.page.locator("#now")).to_contain_text("Monday 9 March 2026")


def test_the_tour_leads_to_the_digest_by_keys(visitor: Visitor) -> None:
    """Nothing needs a mouse: "Go there" moves the focus to what is marked, and Enter uses it."""
    page = visitor.page
    for _ in range(30):
        if visitor.tour.get_by_role("heading").inner_text() == "That was it":
            break
        page.locator("[data-tool=tour_find]").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".next")).to_be_focused()
        page.keyboard.press("Enter")
        visitor.is_done()
    expect(visitor.tour.get_by_role("heading")).to_have_text("That was it")
    visitor.tour.get_by_role("button", name="Close the tour").focus()
    page.keyboard.press("Escape")
    expect(visitor.tour).to_be_hidden()
    expect(page.locator("#tour-start")).to_be_focused()


def test_everything_can_be_reached_by_tab(visitor: Visitor) -> None:
    """Tab goes from the clock over the client's phone to the therapist's, and shows where it is."""
    reached = []
    for _ in range(40):
        visitor.page.keyboard.press("Tab")
        focused = visitor.page.locator(":focus")
        if focused.count() == 0:
            break
        reached.append(focused.evaluate("(element) => element.id || element.textContent || element.className"))
        style = focused.evaluate("(element) => getComputedStyle(element).outlineStyle")
        assert style != "none", f"no focus is visible on {reached[-1]}"
    for name in ("session-ends", "slider", "tab-502", "Start", "/invite R"):
        assert name in reached
    assert reached.index("slider") < reached.index("tab-502") < reached.index("/invite R")


def test_the_tour_can_be_skipped_and_taken_again(visitor: Visitor) -> None:
    """Closed, it stays closed when the page is loaded again; taken again, it goes on with the client who is shown."""
    visitor.tour.get_by_role("button", name="Close the tour").click()
    visitor.page.reload()
    visitor.shows(visitor.therapist, "Welcome. You are enrolled.")
    expect(visitor.tour).to_be_hidden()
    visitor.enrols()
    visitor.page.get_by_role("button", name="Take the tour").click()
    expect(visitor.tour.get_by_role("heading")).to_have_text("Step 1 of 7: Invite")
    expect(visitor.client.get_by_role("heading", name="Sasha")).to_be_visible()


def test_a_hostile_comment_is_only_text(visitor: Visitor) -> None:
    """Markup, emoji, directions and all of 4,096 characters are shown as they were typed, and run nothing."""
    at_the_comment(visitor)
    comment = HOSTILE + "x" * (4096 - len(HOSTILE.encode("utf-16-le")) // 2)
    box = visitor.client.get_by_role("textbox")
    box.fill(comment)
    box.press("Enter")
    visitor.is_done()
    own = visitor.client.locator(".message.mine").last.locator(".text")
    assert own.text_content() == comment
    assert own.locator("img, script").count() == 0
    visitor.taps(visitor.client, "Done")
    visitor.turns("Next Monday 08:00")
    digest = visitor.therapist.locator(".message", has_text="Your weekly summary is ready.")
    expect(digest).to_contain_text("<img src=x onerror=")
    expect(digest.locator("img")).to_have_count(0)
    visitor.taps(visitor.therapist, "Read all: R")
    expect(visitor.therapist.locator(".message", has_text="What you asked to read.").first).to_contain_text(HOSTILE)
    visitor.page.locator("#behind summary").click()
    expect(visitor.page.locator("#behind-content")).to_contain_text("<img src=x onerror=")
    assert visitor.page.title() == "Check-ins between therapy sessions: the demo"
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_reload_and_a_second_tab_show_the_same(visitor: Visitor, context: BrowserContext, address: str) -> None:
    """The state is the server's: both tabs show each message, and what one does the other sees at once."""
    visitor.enrols()
    other = Visitor.arrives(context, address)
    assert other.client.locator(".log").inner_text() == visitor.client.locator(".log").inner_text()
    assert other.therapist.locator(".log").inner_text() == visitor.therapist.locator(".log").inner_text()
    other.turns("A session with Robin ends")
    other.turns("+2 hours")
    visitor.shows(visitor.client, "A short check-in is ready.")
    visitor.taps(visitor.client, "Start")
    other.shows(other.client, "1 of 4")
    before = visitor.client.locator(".log").inner_text()
    visitor.page.reload()
    visitor.shows(visitor.client, "1 of 4")
    assert visitor.client.locator(".log").inner_text() == before
    expect(visitor.page.locator("#now")).to_contain_text("11:00")
    assert other.complaints == []


def test_nothing_is_shown_before_there_is_something_to_show(context: BrowserContext, address: str) -> None:
    """No empty phone, and no button that does nothing."""
    page, held = context.new_page(), list[Route]()
    page.route("**/events", lambda route: held.append(route))  # noqa: PLW0108, Playwright wants a function
    with page.expect_request("**/events"):
        page.goto(address)
    phone = page.locator("#client-phone")
    expect(phone).to_be_attached()
    expect(phone).not_to_be_visible()
    held[0].continue_()
    expect(phone).to_be_visible()


def test_every_client_has_a_tab(visitor: Visitor) -> None:
    """A client who was added has a phone of their own; arrow keys change between the tabs."""
    visitor.page.get_by_role("button", name="Add a client").click()
    expect(visitor.client.get_by_role("heading", name="Sasha")).to_be_visible()
    expect(visitor.page.get_by_role("tab", name="Sasha")).to_have_attribute("aria-selected", "true")
    visitor.page.get_by_role("tab", name="Sasha").press("ArrowLeft")
    expect(visitor.client.get_by_role("heading", name="Robin")).to_be_visible()
    expect(visitor.page.get_by_role("tab", name="Robin")).to_be_focused()


def test_a_phone_does_what_telegram_does(visitor: Visitor) -> None:
    """Start where nothing was said, the menu of commands, edits in place, a lock screen that says little, a block."""
    visitor.taps(visitor.client, "Start")
    visitor.shows(visitor.client, "invitation")
    visitor.enrols()
    visitor.client.get_by_role("button", name="Menu").click()
    visitor.client.get_by_role("button", name="/pause Pause the check-ins").click()
    expect(visitor.client.locator(".log")).to_contain_text("/pause")
    visitor.taps(visitor.client, "Never mind")
    visitor.turns("A session with Robin ends")
    visitor.turns("+2 hours")
    visitor.taps(visitor.client, "Start")
    expect(visitor.client.locator(".message").last.locator(".meta")).to_contain_text("edited")
    expect(visitor.client.get_by_role("button", name="Yes", exact=True)).to_be_focused()
    lock_screen = visitor.client.locator(".notifications li").first
    expect(lock_screen).to_have_text("Check-in A short check-in is ready.")
    visitor.client.get_by_role("button", name="Menu").click()
    visitor.client.get_by_role("button", name="Block the bot").click()
    visitor.client.get_by_role("button", name="Unblock the bot").click()
    expect(visitor.client.get_by_role("textbox")).to_be_visible()


def test_the_slider_turns_the_clock_as_far_as_one_likes(visitor: Visitor) -> None:
    """The keys move the slider, the page says to when, and the button turns the clock there."""
    slider = visitor.page.get_by_role("slider")
    slider.press("Home")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(visitor.page.locator("#slider-value")).to_contain_text("+3 h")
    visitor.page.get_by_role("button", name="Turn", exact=True).click()
    expect(visitor.page.locator("#now")).to_contain_text("12:00")


def test_a_refusal_is_told(visitor: Visitor) -> None:
    """What can't be done is answered with a sentence that a screen reader reads out."""
    visitor.page.get_by_role("button", name="A session with Robin ends").click()
    expect(visitor.page.locator("#status")).to_have_text("Robin has to agree and be confirmed first.")
    assert any("409" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()  # the browser itself notes every answer that is a refusal


def test_at_360_pixels_the_phones_stack(visitor: Visitor) -> None:
    """On a small screen nothing is cut off sideways, and the therapist's phone stands below the client's."""
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    at_the_comment(visitor)
    visitor.page.locator("#behind summary").click()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == 360
    client, therapist = visitor.client.bounding_box(), visitor.therapist.bounding_box()
    assert client is not None
    assert therapist is not None
    assert therapist["y"] > client["y"] + client["height"]
    assert client["width"] <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_no_barrier(told: Page, scheme: str, direction: str, width: int) -> None:
    """Roles, names, contrast and the rest that axe-core knows of, with everything open, in each colour scheme."""
    told.set_viewport_size({"width": width, "height": 900})
    told.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    told.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
    found = Axe().run(told, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.fixture(scope="module")
def told(module_visitor: Visitor) -> Page:
    """A page on which much has happened: a card, a digest, a menu, and what is behind it all."""
    visitor = module_visitor
    at_the_comment(visitor)
    visitor.client.get_by_role("textbox").fill("Thank you for asking. مرحبا")
    visitor.client.get_by_role("textbox").press("Enter")
    visitor.is_done()
    visitor.turns("Next Monday 08:00")
    visitor.page.locator("#behind summary").click()
    visitor.page.locator("#behind-content pre").wait_for()
    visitor.therapist.get_by_role("button", name="Menu").click()
    return visitor.page
