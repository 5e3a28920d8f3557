"""Somebody is erased: older backups hold them until they have aged out, and no restore brings them back."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot import operate, restore, ticks
from bot.backups import Archive, back_up, backups
from bot.config import Settings
from bot.databases import open_store
from bot.demo.stage import settings_for
from bot.house import House
from bot.store.engine import Engine
from bot.store.snapshot import count_rows, opened_for_reading
from tests.chaos.campaign import Figures, Size, Trial
from tests.conversations.made_up import PRACTICE, QUESTIONS
from tests.scripted import START, Script

THERAPIST, LEAVING, STAYING = 201, 101, 102
NOWHERE = "http://nowhere.invalid"


@dataclass(frozen=True, slots=True)
class _Place:
    """A practice that makes a backup every day, with a client who will be erased."""

    script: Script
    settings: Settings
    word: str
    """Only the leaving client says it."""
    code: str

    @property
    def archive(self) -> Archive:
        return Archive.of(self.settings)

    def a_day_passes(self) -> None:
        """Let a day pass; at its end a backup is made."""
        self.script.turns(timedelta(days=1))
        ticks.tidy(self.script.house)
        back_up(self.archive, self.script.house.store, self.script.now[0])

    def holding(self) -> list[str]:
        """Return the backups that hold anything of the client, oldest first."""
        return [one.path.name for one in reversed(backups(self.archive.folder)) if self._holds(one.path)]

    def _holds(self, backup: Path) -> bool:
        with opened_for_reading(backup, self.settings.key) as engine:
            return self.is_in(engine)

    def is_in(self, engine: Engine) -> bool:
        """Tell whether anything of the client is in a database: words, the code outside the audit, the account."""
        tables = [name for name in count_rows(engine) if name != "audit"]
        rows = [list(row.values()) for name in tables for row in engine.query(f"SELECT * FROM {name}")]  # noqa: S608
        return any(LEAVING in row or self.word in str(row) or self.code in str(row) for row in rows)


def play(chance: random.Random, erasures: int, folder: Path) -> Figures:
    """Erase one client in each of so many practices, and look at every backup on every day."""
    counts: Counter[str] = Counter()
    for number in range(erasures):
        keep = chance.randrange(2, 9)
        place = _opened(folder / str(number), keep, chance)
        for _ in range(chance.randrange(1, keep + 3)):
            _session(place, chance)
            place.a_day_passes()
        made_before = [one.path.name for one in reversed(backups(place.archive.folder))]
        assert place.holding() == made_before[-keep:], "the search is blind, or a backup is missing"
        _erase(place, chance)
        restored_on = chance.randrange(1, keep)
        for day in range(1, keep + 1):
            place.a_day_passes()
            held, expected = place.holding(), [] if day == keep else made_before[-(keep - day) :]
            assert held == expected, f"day {day} of {keep}: {len(held)} backups hold the client"
            counts["backups looked at"] += len(backups(place.archive.folder))
            if day == restored_on and held:
                _no_restore_brings_them_back(place, chance.choice(held), folder / f"{number}-restored")
                counts["older backups restored"] += 1
        place.script.close()
    return Figures({"erasures": erasures, **counts})


def _opened(folder: Path, keep: int, chance: random.Random) -> _Place:
    folder.mkdir()
    settings = settings_for(
        folder, NOWHERE, "4242:MADE-UP", backup_keep=str(keep), database_key=chance.randbytes(32).hex()
    )
    store = open_store(settings, create=True)
    store.engine.migrate()
    now = [START]
    script = Script(House(store, PRACTICE, lambda: now[0]), now)
    script.enrols_therapist(THERAPIST, "Dr. Made-Up")
    word = f"Made-Up-{chance.randbytes(8).hex()}"
    code = script.enrols(LEAVING, THERAPIST, word)
    script.enrols(STAYING, THERAPIST, "Staying")
    return _Place(script, settings, word, code)


def _session(place: _Place, chance: random.Random) -> None:
    """Let a session end and the client answer it."""
    script = place.script
    script.taps(THERAPIST, f"ended:{place.code}")
    session = script.query("SELECT id FROM sessions ORDER BY logged_at DESC LIMIT 1")[0]["id"]
    script.turns(timedelta(hours=3))
    script.ticks()
    script.delivers()
    script.taps(LEAVING, f"start:{session}")
    for question in QUESTIONS:
        script.taps(LEAVING, f"rate:{session}:{question}:{chance.randrange(1, 6)}")
    script.says(LEAVING, f"{place.word} in my own words")
    script.delivers()


def _erase(place: _Place, chance: random.Random) -> None:
    """Let the client or the operator erase all."""
    if chance.random() < 0.5:
        operate.erase(place.code, place.script.house)
    else:
        place.script.says(LEAVING, "/deletemydata")
        place.script.taps(LEAVING, "erase")
    place.script.delivers()


def _no_restore_brings_them_back(place: _Place, backup: str, folder: Path) -> None:
    """Restore a backup that still holds the client: the journal knows better."""
    folder.mkdir()
    elsewhere = {"database_key": place.settings.key, "backup_dir": str(place.archive.folder)}
    settings = settings_for(folder, NOWHERE, "4242:MADE-UP", **elsewhere)
    restore.restore(place.archive.folder / backup, settings, place.script.now[0], replace=False)
    store = open_store(settings)
    assert not place.is_in(store.engine), "a restore brought back who was erased"
    with store.transaction() as transaction:
        aliases = [one.alias for one in transaction.people.all_enrolments()]
    assert aliases == ["Staying"], f"a restore changed others: {len(aliases)} enrolments"
    store.engine.close()


AGING = Trial(
    "aging",
    "Older backups age out, and no restore brings back who was erased",
    "a practice with a backup every day, of which the newest 2 to 8 are kept; a client is erased, by themselves or by "
    "the operator; every backup is opened and searched on every day, and an older one is restored",
    "held by the older backups only, by none once they have aged out; 0 brought back",
    short=Size(1, 3),
    long=Size(10, 10),
    play=play,
)
