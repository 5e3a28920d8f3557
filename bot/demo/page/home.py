"""Where a demo has its data: in a folder that is gone when it ends, or in one that is kept and gone on from."""

import json
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from bot.databases import CannotRun, lock
from bot.demo.page.scene import Json
from conversations.wording import demo_page as wording

KEY_NAME = "key-of-made-up-data.txt"
DATABASE = Path("data/alliance.db")
"""Where the settings of the demo put it, within the folder."""
_PHONES_NAME = "phones.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is not in the bot's database: the phones, and the time."""

    stage_number: int
    now: datetime
    clients: tuple[tuple[int, str], ...]
    telegram: Json


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with the bot's encrypted database, and its key."""

    folder: Path
    key: str
    is_kept: bool = False

    def clear(self) -> None:
        """Remove the database, but not the file that is locked beside it."""
        for path in (self.folder / "data").glob(f"{DATABASE.name}*"):
            path.unlink()

    def keep(self, what: Callable[[], Kept]) -> None:
        """Write down what is not in the database, if it is kept at all; never half of it."""
        if self.is_kept:
            half = self.folder / f"{_PHONES_NAME}.new"
            half.write_text(json.dumps(asdict(what()), default=datetime.isoformat), encoding="utf-8")
            half.replace(self.folder / _PHONES_NAME)

    def kept(self) -> Kept | None:
        """Return what was written down; None if this is a new demo. Raises CannotRun if it can't be read."""
        path = self.folder / _PHONES_NAME
        if not path.exists():
            return None
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            clients = tuple((int(number), str(name)) for number, name in found["clients"])
            return Kept(found["stage_number"], datetime.fromisoformat(found["now"]), clients, found["telegram"])
        except (OSError, ValueError, LookupError, TypeError):
            raise CannotRun(wording.cannot_go_on(str(path))) from None


@contextmanager
def passing_home() -> Iterator[Home]:
    """Make a home that is gone at the end of the block, with its key."""
    with tempfile.TemporaryDirectory(prefix="alliance-demo-") as folder:
        yield Home(Path(folder), secrets.token_hex(32))


@contextmanager
def home_in(folder: Path) -> Iterator[Home]:
    """Use a folder that is kept, and be the only one. Raises CannotRun if what is there can't be used."""
    key = folder / KEY_NAME
    if (folder / DATABASE).exists() and not key.exists():  # it may be of a real practice: leave it alone
        raise CannotRun(wording.key_is_gone(str(folder), KEY_NAME))
    held = lock(folder / DATABASE)
    try:
        if not key.exists():
            key.write_text(secrets.token_hex(32), encoding="utf-8")
        yield Home(folder, key.read_text(encoding="utf-8").strip(), is_kept=True)
    finally:
        held.close()
