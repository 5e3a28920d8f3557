"""Who is in the demo. Everybody is made up."""

from dataclasses import dataclass

from bot.demo.telegram import Person

THERAPIST = 501
THERAPIST_NAME = "Dr. Weber"
FIRST_CLIENT = 502
NAMES = ("Robin", "Sasha", "Kim", "Noor", "Alex", "Mika", "Toni", "Lou", "Charlie", "Jules", "Sam", "Eden")


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody with a phone."""

    phone: Person
    name: str

    @property
    def number(self) -> int:
        """Return the number of their Telegram account."""
        return self.phone.user_id


def name_of(number: int) -> str:
    """Return a name for the client with that number; after a while names come again, with a number."""
    round_, place = divmod(number - FIRST_CLIENT, len(NAMES))
    return NAMES[place] if round_ == 0 else f"{NAMES[place]} {round_ + 1}"
