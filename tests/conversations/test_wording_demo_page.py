"""What the demo's page says while it works."""

from conversations.wording import demo_page


def test_the_page_says_how_far_the_made_up_caseload_is() -> None:
    """Weeks are counted from one, as people count."""
    assert demo_page.week(1, 10) == "Playing week 1 of 10 …"
