"""Somebody at the page: what they click, type and see."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Locator, Page, expect


@dataclass
class Visitor:
    """A person with the demo's page open. `complaints` collects what the browser's console says."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def arrives(cls, context: BrowserContext, address: str) -> "Visitor":
        """Open the page, and wait until it shows the phones."""
        visitor = cls(context.new_page())
        visitor.page.on("console", lambda message: visitor.complaints.append(f"{message.type}: {message.text}"))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.page.goto(address)
        visitor.therapist.get_by_text("Welcome. You are enrolled.").last.wait_for()
        return visitor

    @property
    def client(self) -> Locator:
        """The client's phone."""
        return self.page.locator("#client-phone")

    @property
    def therapist(self) -> Locator:
        """The therapist's phone."""
        return self.page.locator("#therapist-phone")

    @property
    def tour(self) -> Locator:
        """The guided tour."""
        return self.page.locator("#tour")

    def taps(self, phone: Locator, *labels: str) -> None:
        """Tap buttons one after the other; each is the newest of its label."""
        for label in labels:
            phone.get_by_role("button", name=label, exact=True).last.click()
            self.is_done()

    def turns(self, label: str) -> None:
        """Turn the clock."""
        self.page.locator("#turns").get_by_role("button", name=label).click()
        self.is_done()

    def is_done(self) -> None:
        """Wait until the bot has come to rest."""
        expect(self.page.locator("body")).not_to_have_class(re.compile("working"))

    def shows(self, phone: Locator, text: str) -> None:
        """Check that the newest message on a phone says `text`."""
        expect(phone.locator(".message").last).to_contain_text(text)

    def enrols(self) -> None:
        """Bring the client who is shown up to the first session."""
        self.therapist.locator(".suggestions button").first.click()
        self.therapist.locator(".hand-over").last.click()
        self.taps(self.client, "I agree")
        self.taps(self.therapist, "Yes, it's them")
        self.shows(self.therapist, "Confirmed.")
