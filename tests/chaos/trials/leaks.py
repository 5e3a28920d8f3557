"""Words that nobody else says are said, typed and kept secret; then everything that leaves the bot is searched."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.backups import backups
from bot.config import PREFIX, Settings
from bot.databases import open_store
from bot.demo.stage import settings_for
from bot.demo.telegram import PretendTelegram, World, serve
from bot.telegram_api import TelegramApi
from tests.canaries import (
    ALIAS,
    CLIENT,
    COMMENT,
    KEPT,
    PEOPLE,
    STRAY,
    THERAPIST,
    decrypted,
    found_in,
    live,
    prepare,
    secrets_of,
)
from tests.chaos.campaign import Figures, Size, Trial
from tests.command_line import CommandLine, environment_of
from tests.process import ROOT, start

PATIENCE = 30
NEW_NAME = "Dr. Canary-New"
PRACTICE_TOKEN = "4343:Canary-Init-Token-00000000000000000"
WRONG_TOKEN = "Canary-Wrong-Token-00000000000"
NOWHERE = "http://127.0.0.1:9"
"""An address where nobody answers."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A practice that has been played, and where its traces are."""

    settings: Settings
    folder: Path
    world: World
    link: str
    """The therapist's."""
    chance: random.Random

    @property
    def words(self) -> tuple[str, ...]:
        """Return all that may be found nowhere."""
        wrong = (WRONG_TOKEN, self.settings.key[::-1])
        return (*secrets_of(self.settings), *wrong, *PEOPLE, NEW_NAME, PRACTICE_TOKEN)


@dataclass(frozen=True, slots=True)
class _Typed:
    """A command of the operator's, what is typed into it, and which canaries are asked for by it."""

    arguments: tuple[str, ...]
    stdin: str = ""
    asked_for: frozenset[str] = frozenset()
    """What standard output may say: an export hands out what is stored."""
    asked_about: frozenset[str] = frozenset()
    """What the question on standard error may say."""


def play(chance: random.Random, practices: int, folder: Path) -> Figures:
    """Play so many practices on the real process, run every command each way it can fail, and crash the process."""
    outputs = files = 0
    telegram = PretendTelegram()
    with serve(telegram) as url:
        for number in range(practices):
            place = folder / str(number)
            place.mkdir()
            scene = _opened(telegram, url, place, chance)
            bot = start(scene.settings, place, log_level="DEBUG")
            try:
                _live(scene, bot)
                _search_commands_line(bot.pid, scene)
                outputs += _run_all_commands(scene)
                files += _search_files(scene)
                _crash(scene, bot)
            finally:
                bot.kill()
                bot.wait()
            outputs += _start_where_it_can_not(scene)
            _print_what_holds_secrets(scene)
            files += _search_files(scene)
    return Figures({"practices": practices, "outputs searched": outputs, "files searched": files})


def _opened(telegram: PretendTelegram, url: str, place: Path, chance: random.Random) -> _Scene:
    token = f"{chance.randrange(10**5, 10**6)}:Canary-Token-{chance.randbytes(12).hex()}"
    settings = settings_for(
        place, url, token, quiet_hours="none", check_in_delay="0s", database_key=chance.randbytes(32).hex()
    )
    return _Scene(settings, place, telegram.world(token), prepare(settings), chance)


def _live(scene: _Scene, bot: subprocess.Popen[bytes]) -> None:
    """Say everything, and see that the search would find it: decrypted, the database has what it must keep."""
    assert bot.poll() is None, "the bot did not start"
    people = scene.world.person(9_100_001, THERAPIST), scene.world.person(9_100_002, CLIENT)
    live(scene.world, *people, scene.link)
    found = {word for _, word in found_in(decrypted(scene.settings, scene.folder / "plain"), PEOPLE)}
    assert found == KEPT, f"the search is blind: it finds only {found}"


def _search_commands_line(process: int, scene: _Scene) -> None:
    """See that neither the token nor the key is among the arguments that anybody on the machine can list."""
    line = Path(f"/proc/{process}/cmdline")
    if line.exists():  # not on every system
        _clean("the command line", line.read_bytes().decode(), scene.words)


# the operator's commands


def _run_all_commands(scene: _Scene) -> int:
    """Run every command, with the right settings and with wrong ones. Return how many outputs were searched."""
    outputs = 0
    codes = _codes(scene)
    for name, changed in _ways_to_fail(scene).items():
        place = scene.folder / f"shell-{name}"
        place.mkdir()
        shell = CommandLine(place, {**_environment(scene), **changed})
        for typed in _commands(*codes):
            printed = shell.types(*typed.arguments, stdin=typed.stdin)
            what = f"alliance {' '.join(typed.arguments[:2])} with {name}"
            _clean(f"standard output of {what}", printed.out, scene.words, typed.asked_for)
            _clean(f"standard error of {what}", printed.err, scene.words, typed.asked_about)
            outputs += 2
    return outputs


def _codes(scene: _Scene) -> tuple[str, str]:
    store = open_store(scene.settings)
    with store.transaction() as transaction:
        [enrolment], [therapist] = transaction.people.all_enrolments(), transaction.people.therapists()
    store.engine.close()
    return enrolment.code, therapist.id


def _environment(scene: _Scene) -> dict[str, str]:
    return {**environment_of(scene.settings), f"{PREFIX}LOG_LEVEL": "DEBUG"}


def _ways_to_fail(scene: _Scene) -> dict[str, Mapping[str, str]]:
    return {
        "right settings": {},
        "a wrong token": {f"{PREFIX}TELEGRAM_TOKEN": f"77:{WRONG_TOKEN}"},
        "a token that is none": {f"{PREFIX}TELEGRAM_TOKEN": scene.settings.token.replace(":", "-")},
        "a wrong key": {f"{PREFIX}DATABASE_KEY": scene.settings.key[::-1]},
        "a key that is none": {f"{PREFIX}DATABASE_KEY": scene.settings.key + "0"},
        "Telegram away": {f"{PREFIX}TELEGRAM_API_URL": NOWHERE},
        "no crisis lines": {f"{PREFIX}CRISIS_LINES": "missing.toml"},
        "a setting that is wrong": {f"{PREFIX}CHECK_IN_DELAY": "soon"},
    }


def _commands(code: str, therapist: str) -> tuple[_Typed, ...]:
    everything = frozenset({THERAPIST, ALIAS, COMMENT, NEW_NAME})
    answers = {"token": PRACTICE_TOKEN, "practice_name": "Made-Up", "contact": "Kim", "time_zone": "Europe/Berlin"}
    toml = "\n".join(f"{name} = {json.dumps(value)}" for name, value in answers.items()) + '\ncrisis_lines = ["112"]\n'
    return (
        _Typed(("version",)),
        _Typed(("doctor",)),
        _Typed(("therapist", "list"), asked_for=frozenset({THERAPIST, NEW_NAME})),
        _Typed(("therapist", "add"), stdin=f"{NEW_NAME}\n"),
        _Typed(("therapist", "add"), stdin=f"{NEW_NAME * 10}\n"),
        _Typed(("therapist", "remove", therapist), stdin="n\n", asked_about=frozenset({THERAPIST})),
        _Typed(("session", "add", code, "--ended-at", "2026-03-02 10:00")),
        _Typed(("session", "add", code, "--ended-at", "whenever")),
        _Typed(("session", "import", "-"), stdin=f"code,start,end\n{code},,2026-03-03 10:00\n{code},,{COMMENT[:14]}\n"),
        _Typed(("simulate", "--days", "3"), asked_for=frozenset({THERAPIST, NEW_NAME})),
        _Typed(("export", code), asked_for=everything),
        _Typed(("export", "--all"), asked_for=everything),
        _Typed(("export", "--all", "--output", "exported.json")),
        _Typed(("backup",)),
        _Typed(("restore", "--check")),
        _Typed(("restore", "--replace", "--yes")),
        _Typed(("retry",)),
        _Typed(("erase", code), stdin="n\n"),
        _Typed(("erase", "NOBODY")),
        _Typed(("init", "--from", "-", "--key-file", "made-up.key"), stdin=toml),
        _Typed(("init", "--from", "-", "--key-file", "made-up.key"), stdin=f"token = {PRACTICE_TOKEN}"),
    )


# crashes


def _crash(scene: _Scene, bot: subprocess.Popen[bytes]) -> None:
    """Damage the database below the running bot, let people go on, and read what it says."""
    logged = scene.folder / "log.txt"
    before = len(logged.read_text())
    for file in (scene.folder / "data").glob("alliance.db*"):
        if not file.name.endswith("-shm"):
            with file.open("r+b") as opened:
                opened.write(scene.chance.randbytes(file.stat().st_size))
    client = scene.world.person(9_100_002)
    deadline = time.monotonic() + PATIENCE
    while "error" not in logged.read_text()[before:] and bot.poll() is None:
        assert time.monotonic() < deadline, "a damaged database is not noticed"
        client.says(STRAY)
        time.sleep(0.2)


def _start_where_it_can_not(scene: _Scene) -> int:
    """Start the real process with what it can't run with; it says so and ends. Return how often that was."""
    ways = _ways_to_fail(scene)
    chosen = ["right settings", *scene.chance.sample(("a wrong token", "a wrong key", "a token that is none"), 2)]
    for name in chosen:  # the right settings, too: the database is damaged by now
        ended = subprocess.run(
            [sys.executable, "-m", "bot", "run"],
            cwd=scene.folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **_environment(scene), **ways[name]},
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ended.returncode not in {0, 70}, f"alliance run with {name} ends with {ended.returncode}"
        _clean(f"alliance run with {name}", (ended.stdout + ended.stderr).decode(), scene.words)
        assert b"Traceback" not in ended.stderr, f"alliance run with {name} shows a traceback"
    return len(chosen)


# what is left


def _print_what_holds_secrets(scene: _Scene) -> None:
    """Show all that holds a secret, as a debugger or an error page would."""
    settings = scene.settings
    api = TelegramApi(settings.token, settings.telegram_api_url, in_flight=1)
    for one in (settings, settings.model_dump(), api, api.bot, settings.practice("made_up_bot")):
        _clean(f"what {type(one).__name__} shows", f"{one} {one!r}", scene.words)


def _search_files(scene: _Scene) -> int:
    """Search the log, the backups, the journal and every file beside the data, for words and for the key as it is."""
    _clean("the log", (scene.folder / "log.txt").read_text(), scene.words)
    places = (scene.folder / "data", scene.settings.backup_dir)
    found = [one for place in places for one in found_in(place, scene.words)]
    assert not found, f"readable on the disk: {found}"
    files = [path for place in places for path in place.iterdir() if path.is_file()]
    raw = bytes.fromhex(scene.settings.key)
    assert not [path.name for path in files if raw in path.read_bytes()], "the key is on the disk, beside the data"
    assert len(backups(scene.settings.backup_dir)) > 0, "nothing was backed up"
    return len(files) + 1


def _clean(what: str, said: str, words: tuple[str, ...], but: frozenset[str] = frozenset()) -> None:
    found = [word for word in words if word in said and word not in but]
    assert not found, f"{what} says {found}"


LEAKS = Trial(
    "leaks",
    "Nothing leaks",
    "canaries in the token, the key, names, an alias and answers; searched: the log of the real process at DEBUG, with "
    "failures, kills and a database that is damaged below it; the output of every command with right and wrong "
    "settings; all files beside the database; the command line; whatever holds a secret, printed",
    "0 hits; decrypted, the same search finds all that is kept",
    short=Size(1, 1),
    long=Size(10, 2),
    play=play,
)
