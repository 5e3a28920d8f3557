"""Words that nobody else says: said, typed and kept secret in a practice, so that any leak of them can be found."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot import operate
from bot.config import Settings, webhook_secret
from bot.databases import open_store
from bot.demo.telegram import Fault, FaultKind, Person, World
from bot.house import House
from bot.store import Store
from bot.store.inbox import NewUpdate

THERAPIST = "Dr. Canary-Therapist"
CLIENT = "Canary-Client"
ALIAS = "Canary-Alias"
COMMENT = "Canary-Comment, in my own words"
STRAY = "Canary-Stray, said at no prompt"
PEOPLE = (THERAPIST, CLIENT, ALIAS, COMMENT, STRAY)
KEPT = frozenset({THERAPIST, ALIAS, COMMENT})
"""What the database has to keep."""


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return what nobody may read anywhere: the token, the part of it that is secret, the key, and the webhook's."""
    secret_part = settings.token.partition(":")[2]
    return (settings.token, secret_part, settings.key, settings.key.upper(), webhook_secret(settings.token))


def prepare(settings: Settings) -> str:
    """Make a database with a therapist, and an update that can't be read; return the therapist's link."""
    store = open_store(settings, create=True)
    store.engine.migrate()
    practice = settings.practice("made_up_bot")
    link = operate.add_therapist(THERAPIST, practice.zone, House(store, practice, lambda: datetime.now(UTC)))
    _break(store, int(settings.token.partition(":")[0]))
    store.engine.close()
    return link


def _break(store: Store, bot_id: int) -> None:
    """Put an update into the inbox that can't be read, with somebody's words in it."""
    broken = f'{{"update_id": 1, "message": {{"chat": {{"id": "x"}}, "text": "{COMMENT}"}}}}'
    with store.transaction() as transaction:
        transaction.inbox.add(bot_id, [NewUpdate(1, broken, None)], datetime.now(UTC))


def live(world: World, therapist: Person, client: Person, link: str) -> None:
    """Let somebody enrol, be asked, and answer; with things going wrong on the way."""
    therapist.starts(link.partition("start=")[2])
    therapist.says(f"/invite {ALIAS}")
    assert world.wait_until(partial(_says, therapist, "start="), seconds=20)
    invitation = next(message.text for message in therapist.sees() if "start=" in message.text)
    world.order_fault(Fault(FaultKind.SERVER_ERROR, "sendMessage", client.user_id))
    client.starts(invitation.partition("start=")[2])
    _tap(world, client, "I agree")
    _tap(world, therapist, "Yes, it's them")
    therapist.says(f"/session {ALIAS}")
    _tap(world, therapist, "Just ended")
    for label in ("Start", "Yes", "Yes", "Yes", "No", "It isn't helping", "Contact me before our next session"):
        _tap(world, client, label)
    assert world.wait_until(partial(_says, client, "Anything you want"), seconds=20)
    client.says(COMMENT)
    assert world.wait_until(partial(_says, client, "Saved."), seconds=20)
    _tap(world, client, "Done")
    client.says(STRAY)
    assert world.wait_until(partial(_says, client, "was not kept"), seconds=20)


def _says(person: Person, text: str) -> bool:
    return any(text in message.text for message in person.sees() if message.from_bot)


def _tap(world: World, person: Person, label: str) -> None:
    """Tap a button once it is there, and wait until the chat has changed."""

    def is_shown() -> bool:
        return any(label in message.labels() for message in person.sees())

    assert world.wait_until(is_shown, seconds=20), f"{label} never appears"
    before = _chat(person)
    person.taps(label)
    assert world.wait_until(lambda: _chat(person) != before, seconds=20), f"{label} does nothing"


def _chat(person: Person) -> list[str]:
    return [message.text for message in person.sees()]


def found_in(folder: Path, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return which files of a folder hold which words."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [(path.name, word) for path in files for word in words if word.encode() in path.read_bytes()]


def decrypted(settings: Settings, folder: Path) -> Path:
    """Copy the database into `folder` without encryption; return the folder."""
    folder.mkdir()
    store = open_store(settings)
    store.engine.execute(f"ATTACH DATABASE '{folder / 'plain.db'}' AS plain KEY ''")
    store.engine.query("SELECT sqlcipher_export('plain')")
    store.engine.close()
    return folder
