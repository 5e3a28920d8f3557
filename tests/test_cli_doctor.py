"""`alliance doctor`: what it looks at, what it says, and its exit code."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import pytest
from telegram.error import Conflict

from bot import doctor
from bot.databases import lock
from bot.demo.stage import settings_for
from bot.doctor import Finding, Since, Verdict
from bot.store.marks import Mark
from bot.store.outbox import Method, NewRow
from bot.store.sqlite import open_encrypted, path_of
from bot.telegram_api import TelegramApi
from conversations.decision import Purpose
from conversations.wording import doctor as wording
from tests.command_line import CommandLine, command_line
from tests.databases import Server
from tests.stories.practice import Practice

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.fixture
def shell(practice: Practice, tmp_path: Path) -> CommandLine:
    """The command line of a practice that is set up, and whose bot has not heard from Telegram yet."""
    os.chmod(tmp_path / "data" / "alliance.db", 0o600)
    return command_line(tmp_path, practice.settings, practice.stage.clock.now)


def has_turned(practice: Practice) -> None:
    """Note that the bot has just heard from Telegram, and looked for what is due."""
    with practice.stored() as transaction:
        transaction.marks.set(Mark.POLLED, practice.now)
        transaction.marks.set(Mark.TICKED, practice.now)


def examined(shell: CommandLine) -> tuple[int, list[str]]:
    """Run the doctor at the time of the shell; return its exit code and its lines."""
    with mock.patch("bot.cli.doctoring.machine_time", shell._time):
        printed = shell.types("doctor")
    return printed.exit_code, printed.lines


@contextmanager
def bot_api(answer: Callable[[str], tuple[int, object]], date: str) -> Iterator[str]:
    """Serve a Bot API that gives such answers at such a date."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = answer(self.path.rpartition("/")[2])
            self.send_response_only(status)
            self.send_header("Date", date)
            self.end_headers()
            self.wfile.write(content if isinstance(content, bytes) else json.dumps(content).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the name of the library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def telling(**webhook: object) -> Callable[[str], tuple[int, object]]:
    """Return answers of a bot with such a webhook."""
    answers = {"getMe": {"username": "made_up_bot"}, "getWebhookInfo": {"url": "", **webhook}}
    return lambda method: (200, {"ok": True, "result": answers[method]})


def elsewhere(shell: CommandLine, url: str) -> CommandLine:
    """Return the shell with another Bot API."""
    return CommandLine(shell.folder, {**shell.environment, "ALLIANCE_TELEGRAM_API_URL": url}, shell.clock)


def test_a_sound_practice_has_nothing_bad(practice: Practice, shell: CommandLine) -> None:
    """Each check is a line; where all is well the exit code is 0, and nothing is changed or fetched."""
    assert shell.types("backup").exit_code == 0
    calls = len(practice.world.calls)
    exit_code, lines = examined(shell)

    assert exit_code == 0
    assert [line for line in lines if line.startswith("bad")] == []
    assert "ok    Settings are complete, for Practice on the Square." in lines
    assert f"ok    Telegram answers at {practice.url}: the bot is @demo_check_in_bot." in lines
    assert "ok    No webhook is in the way." in lines
    assert f"ok    The key opens the database at {shell.folder}/data/alliance.db." in lines
    assert "ok    The database is up to date." in lines
    assert "ok    No update was set aside, no message failed." in lines
    assert [call.method for call in list(practice.world.calls)[calls:]] == ["getMe", "getWebhookInfo"]


def test_the_token_is_never_printed(practice: Practice, shell: CommandLine) -> None:
    """Neither in a line nor in the log."""
    for url in (practice.url, "http://127.0.0.1:1", "no address"):
        printed = elsewhere(shell, url).types("doctor")
        assert practice.settings.token not in printed.out + printed.err


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "no address", "https://", "ftp://127.0.0.1"])
def test_a_bot_api_out_of_reach_is_bad(shell: CommandLine, url: str) -> None:
    """The other checks go on."""
    exit_code, lines = examined(elsewhere(shell, url))

    assert exit_code == 1
    assert any(line.startswith(f"bad   The Bot API at {url} can't be reached (") for line in lines)
    assert "ok    The database is up to date." in lines


@pytest.mark.parametrize("content", [b"<html>", [], {"ok": True}, {"ok": True, "result": 1}])
def test_something_else_at_the_address_is_bad(shell: CommandLine, content: object) -> None:
    """A page of a hotel's network is no Bot API."""
    with bot_api(lambda _: (200, content), format_datetime(NOW)) as url:
        exit_code, lines = examined(elsewhere(shell, url))

    assert exit_code == 1
    assert any(line.startswith("bad   The Bot API at") for line in lines)


def test_a_refused_token_is_bad(shell: CommandLine) -> None:
    """The line says where a token comes from."""
    refused = CommandLine(shell.folder, {**shell.environment, "ALLIANCE_TELEGRAM_TOKEN": "777:NOT-REGISTERED"})

    assert (
        "bad   Telegram refuses the token. Check ALLIANCE_TELEGRAM_TOKEN, or get a new one from @BotFather."
        in refused.types("doctor").lines
    )


def test_a_webhook_in_the_way_is_bad(shell: CommandLine) -> None:
    """With a webhook polling gets nothing."""
    with bot_api(telling(url="https://elsewhere.invalid/hook", pending_update_count=3), format_datetime(NOW)) as url:
        exit_code, lines = examined(elsewhere(shell, url))

    assert exit_code == 1
    assert any(line.startswith("bad   A webhook is set") for line in lines)
    assert any(line.startswith("look  3 updates wait at Telegram") for line in lines)


def test_a_webhook_where_it_belongs_is_fine(shell: CommandLine) -> None:
    """What Telegram last met with there is told with it."""
    told = telling(
        url="https://bot.invalid/hook",
        last_error_date=int((NOW - timedelta(minutes=5)).timestamp()),
        last_error_message="Connection refused",
    )
    with bot_api(told, format_datetime(NOW)) as url:
        _, lines = examined(_with_webhook(elsewhere(shell, url)))

    assert "ok    Telegram hands updates over at https://bot.invalid/hook." in lines
    [failed] = [line for line in lines if line.startswith("look  Telegram last failed")]
    assert "5m ago: Connection refused." in failed


@pytest.mark.parametrize("set_at", ["", "https://elsewhere.invalid/hook"])
def test_a_webhook_that_is_elsewhere_is_bad(shell: CommandLine, set_at: str) -> None:
    """The bot is told nothing then."""
    with bot_api(telling(url=set_at), format_datetime(NOW)) as url:
        exit_code, lines = examined(_with_webhook(elsewhere(shell, url)))

    assert exit_code == 1
    assert any(line.startswith("bad   Telegram does not hand updates over at https://bot.invalid") for line in lines)


def _with_webhook(shell: CommandLine) -> CommandLine:
    hook = {"ALLIANCE_WEBHOOK_URL": "https://bot.invalid/hook"}
    return CommandLine(shell.folder, {**shell.environment, **hook}, shell.clock)


@pytest.mark.parametrize(
    ("date", "verdict", "words"),
    [
        (format_datetime(NOW), Verdict.OK, "The clock is right, within a second of Telegram's."),
        (format_datetime(NOW - timedelta(seconds=60)), Verdict.OK, "within 1m"),
        (format_datetime(NOW - timedelta(seconds=61)), Verdict.BAD, "The clock is 1m1s ahead of Telegram's."),
        (format_datetime(NOW + timedelta(hours=2)), Verdict.BAD, "The clock is 2h behind Telegram's."),
        ("Mon, 02 Mar 2026 07:00:00 -0000", Verdict.OK, "The clock is right"),
        ("yesterday", Verdict.LOOK, "The Bot API does not tell the time"),
        (None, Verdict.LOOK, "The Bot API does not tell the time"),
    ],
)
def test_the_clock_is_compared_with_telegrams(date: str | None, verdict: Verdict, words: str) -> None:
    """A minute is allowed: what goes wrong is a machine that woke up in another year."""
    finding = doctor.clock_of(date, NOW)

    assert finding.verdict is verdict
    assert words in finding.text


def test_the_clock_is_read_from_the_answer(shell: CommandLine) -> None:
    """The Date header of the Bot API's own answer is the measure."""
    with bot_api(telling(), format_datetime(NOW + timedelta(days=1))) as url:
        _, lines = examined(elsewhere(shell, url))

    assert any(line.startswith("bad   The clock is ") and "behind Telegram's" in line for line in lines)


SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("runs", "heard", "ticked", "verdict", "words"),
    [
        (
            True,
            5 * SECOND,
            3 * SECOND,
            Verdict.OK,
            "The bot runs: it heard from Telegram 5s ago, and looked for what is due 3s ago.",
        ),
        (True, HOUR, 3 * SECOND, Verdict.BAD, "The bot runs, but last heard from Telegram 1h ago."),
        (True, None, None, Verdict.BAD, "The bot runs, but has not heard from Telegram yet."),
        (True, 5 * SECOND, HOUR, Verdict.LOOK, "The bot runs, but last looked for what is due 1h ago."),
        (True, 5 * SECOND, None, Verdict.LOOK, "The bot runs, but has not looked for what is due yet."),
        (False, HOUR, HOUR, Verdict.BAD, "The bot does not run: it last heard from Telegram 1h ago."),
        (False, None, None, Verdict.LOOK, "The bot has not run yet. Start it with 'alliance run'."),
        (
            False,
            5 * SECOND,
            3 * SECOND,
            Verdict.LOOK,
            "The bot does not run on this machine, but last heard from Telegram 5s ago.",
        ),
        (False, -HOUR, -HOUR, Verdict.LOOK, "When the bot last heard from Telegram lies ahead of the clock"),
        (True, -HOUR, -HOUR, Verdict.LOOK, "When the bot last heard from Telegram lies ahead of the clock"),
    ],
)
def test_the_process_is_judged_by_its_lock_and_its_marks(
    *, runs: bool, heard: timedelta | None, ticked: timedelta | None, verdict: Verdict, words: str
) -> None:
    """Nothing is asked of Telegram for this: a second poll would end the running bot's own."""
    finding = doctor.process(Since(heard, ticked, None), runs=runs)

    assert finding.verdict is verdict
    assert finding.text.startswith(words)


@pytest.mark.parametrize(
    ("heard", "ticked", "verdict", "words"),
    [
        (5 * SECOND, 3 * SECOND, Verdict.OK, "The bot runs: it heard from Telegram 5s ago"),
        (5 * SECOND, None, Verdict.LOOK, "The bot runs, but has not looked for what is due yet."),
        (HOUR, 3 * SECOND, Verdict.BAD, "No copy of the bot hears anything: one last heard from Telegram 1h ago."),
        (-HOUR, None, Verdict.LOOK, "When the bot last heard from Telegram lies ahead of the clock"),
        (None, None, Verdict.LOOK, "The bot has not run yet."),
    ],
)
def test_copies_on_a_server_are_judged_by_their_marks(
    heard: timedelta | None, ticked: timedelta | None, verdict: Verdict, words: str
) -> None:
    """Each may be on another machine, where no lock can be seen."""
    finding = doctor.copies(Since(heard, ticked, None))

    assert finding.verdict is verdict
    assert finding.text.startswith(words)


@pytest.mark.parametrize(
    ("runs", "conflict", "verdict"),
    [(True, 12 * SECOND, Verdict.BAD), (True, HOUR, Verdict.OK), (False, 12 * SECOND, Verdict.LOOK)],
)
def test_another_receiver_is_bad_while_it_is_in_the_way(*, runs: bool, conflict: timedelta, verdict: Verdict) -> None:
    """A quarrel that is over is no news; that the bot is stopped is told by itself."""
    finding = doctor.process(Since(SECOND, SECOND, conflict), runs=runs)

    assert finding.verdict is verdict
    assert finding.text.startswith("Another program receives with this token") is (verdict is Verdict.BAD)


def test_a_bot_that_has_stopped_is_bad(practice: Practice, shell: CommandLine) -> None:
    """With the exit code that wakes somebody, since nobody is asked and nobody is heard."""
    has_turned(practice)
    assert shell.types("backup").exit_code == 0
    assert examined(shell)[0] == 0
    practice.stage.clock.turn(timedelta(minutes=2))

    exit_code, lines = examined(shell)

    assert exit_code == 1
    [bad] = [line for line in lines if line.startswith("bad")]
    assert bad.startswith("bad   The bot does not run: it last heard from Telegram 2m ago.")


def test_a_bot_that_was_never_started_is_no_alarm(shell: CommandLine) -> None:
    """A practice that is still being set up: neither the bot nor a backup is missed."""
    exit_code, lines = examined(shell)

    assert exit_code == 0
    assert f"look  {wording.NEVER_RAN}" in lines
    assert any(line.startswith("look  There is no backup in ") for line in lines)


def test_therapists_who_cannot_be_reached_are_counted(practice: Practice, shell: CommandLine) -> None:
    """Without their names; whoever was removed is missed by nobody."""
    for name in ("Dr. Made Up", "Dr. Other"):
        practice.therapist(name).blocks()
    practice.removes_therapist("Dr. Other")

    [line] = [line for line in examined(shell)[1] if "therapist has" in line]
    assert line.startswith("look  1 therapist has blocked the bot, or left Telegram, and can't be reached.")


def test_the_running_bot_notes_another_poller(practice: Practice, shell: CommandLine) -> None:
    """Telegram ends the bot's own poll when somebody else polls; the doctor reads that from the database."""
    other = TelegramApi(practice.settings.token, practice.url, in_flight=1)

    async def both_poll() -> None:
        await other.open()
        ours = asyncio.create_task(practice.app.receiver.step(30))
        while not ours.done():
            await other.updates(0, (), 0)
        with pytest.raises(Conflict):
            await ours
        await other.close()

    practice.stage.runner.run(both_poll())

    with lock(path_of(practice.settings.database)):
        exit_code, lines = examined(shell)
    assert exit_code == 1
    assert any(line.startswith("bad   Another program receives with this token") for line in lines)


def test_a_lock_that_is_held_means_that_the_bot_runs(practice: Practice, shell: CommandLine) -> None:
    """The doctor tries the lock and lets it go; the file alone means nothing."""
    path = path_of(practice.settings.database)
    has_turned(practice)

    with lock(path):
        assert any(line.startswith("ok    The bot runs: ") for line in examined(shell)[1])
    assert any(line.startswith("look  The bot does not run on this machine") for line in examined(shell)[1])


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(500_000_000, Verdict.OK), (499_999_999, Verdict.LOOK), (50_000_000, Verdict.LOOK), (49_999_999, Verdict.BAD)],
)
def test_disk_space_is_judged(free: int, verdict: Verdict) -> None:
    """Below 500 MB is worth a look; below 50 MB the bot will stop soon."""
    assert doctor.space(free, Path("data")).verdict is verdict


def test_a_practice_that_was_never_set_up_gets_every_answer(tmp_path: Path) -> None:
    """Each check goes on where another one fails."""
    printed = CommandLine(tmp_path).types("doctor")

    assert printed.exit_code == 1
    assert [line.partition(" ")[0] for line in printed.lines] == ["bad", "bad", "look", "ok"]


def test_a_slip_in_the_name_of_a_setting_is_worth_a_look(shell: CommandLine) -> None:
    """In .env and in the environment; what others call their variables is no matter."""
    (shell.folder / ".env").write_text("ALLIANCE_DIGEST_ATT=fri 08:00\nexport alliance_quiet_hour=none\nOTHER=1\n")
    slipped = {**shell.environment, "ALLIANCE_LOGLEVEL": "DEBUG", "HOME_OF_ALLIANCE_": "x"}

    _, lines = examined(CommandLine(shell.folder, slipped, shell.clock))

    assert lines[:4] == [
        "look  ALLIANCE_DIGEST_ATT is no setting. docs/settings.md lists them.",
        "look  ALLIANCE_LOGLEVEL is no setting. docs/settings.md lists them.",
        "look  alliance_quiet_hour is no setting. docs/settings.md lists them.",
        "ok    Settings are complete, for Practice on the Square.",
    ]


@pytest.mark.parametrize(
    "line", ['ALLIANCE_OPERATOR_CONTACT="Kim', 'ALLIANCE_PRACTICE_NAME="A" and B', "ALLIANCE_QUIET_HOURS: none", "none"]
)
def test_a_line_that_cannot_be_read_is_bad(shell: CommandLine, line: str) -> None:
    """It is named by its number, since it may hold a secret; every other command is refused with the same words."""
    (shell.folder / ".env").write_text(f"ALLIANCE_LOG_LEVEL=INFO\n\n# a remark\n\n{line}\nALLIANCE_BACKUP_KEEP=3\n")

    printed = shell.types("doctor")

    words = 'Line 5 of .env can\'t be read. Write NAME="value", with both quotation marks, and nothing after it.'
    assert (printed.exit_code, printed.lines, printed.err) == (1, [f"bad   {words}"], "")
    assert shell.types("backup").complaint == words


def test_a_file_of_settings_in_another_encoding_is_bad(shell: CommandLine) -> None:
    """As some editors write it."""
    (shell.folder / ".env").write_bytes("ALLIANCE_PRACTICE_NAME=Müller".encode("latin-1"))
    assert shell.types("doctor").lines == ["bad   .env is not in UTF-8. Save it as UTF-8."]


def test_a_wrong_setting_is_bad(shell: CommandLine) -> None:
    """Without settings nothing else can be looked at."""
    wrong = CommandLine(shell.folder, {**shell.environment, "ALLIANCE_LOG_LEVEL": "LOUD"}, shell.clock)
    assert wrong.types("doctor").lines == ["bad   ALLIANCE_LOG_LEVEL: Write DEBUG, INFO, WARNING or ERROR."]


def test_a_wrong_address_of_the_database_is_bad(shell: CommandLine) -> None:
    """The line says what it must look like."""
    wrong = CommandLine(shell.folder, {**shell.environment, "ALLIANCE_DATABASE_URL": "mysql://x"}, shell.clock)

    line = "bad   ALLIANCE_DATABASE_URL must look like sqlite:///data/alliance.db or postgresql://user@host/name."
    assert line in wrong.types("doctor").lines


def test_another_key_is_bad(shell: CommandLine) -> None:
    """Nothing is changed, and the line says so."""
    other = CommandLine(shell.folder, {**shell.environment, "ALLIANCE_DATABASE_KEY": "e" * 64}, shell.clock)
    exit_code, lines = examined(other)

    assert exit_code == 1
    assert any(line.startswith("bad   The key does not open the database") for line in lines)


def test_a_database_in_plain_text_is_bad(practice: Practice, shell: CommandLine) -> None:
    """It can only have been put there by hand."""
    practice.goes_down()
    (shell.folder / "data" / "alliance.db").write_bytes(b"SQLite format 3\x00" + bytes(100))

    assert any("alliance.db is not encrypted." in line for line in examined(shell)[1] if line.startswith("bad"))


def test_missing_migrations_are_bad(practice: Practice, shell: CommandLine) -> None:
    """A start of the bot brings them."""
    url = f"sqlite:///{shell.folder}/older.db"
    open_encrypted(path_of(url), practice.settings.key, create=True).close()
    older = CommandLine(shell.folder, {**shell.environment, "ALLIANCE_DATABASE_URL": url}, shell.clock)

    assert any(line.startswith("bad   The database is not up to date.") for line in examined(older)[1])


def test_files_that_others_may_read_are_worth_a_look(practice: Practice, shell: CommandLine) -> None:
    """A key that lies with the data, and a key that every account may read."""
    key = shell.folder / "data" / "database.key"
    key.write_text(practice.settings.key)
    key.chmod(0o644)
    environment = {name: value for name, value in shell.environment.items() if name != "ALLIANCE_DATABASE_KEY"}
    careless = CommandLine(shell.folder, {**environment, "ALLIANCE_DATABASE_KEY_FILE": str(key)}, shell.clock)

    lines = examined(careless)[1]

    assert f"look  Other accounts on this machine may read the key in {key}. Run: chmod 600 {key}" in lines
    assert any(line.startswith(f"look  The key in {key} lies in the data folder") for line in lines)


def test_what_failed_is_counted(practice: Practice, shell: CommandLine) -> None:
    """Updates that were set aside and messages that Telegram refused; what was no longer called for is no failure."""
    practice.world.person(7_000_000).starts()
    practice.stage.runner.run(practice.app.receiver.step())
    with practice.stored() as transaction:
        update = transaction.inbox.next(practice.now)
        assert update is not None
        transaction.inbox.park(update.number, "KeyError", practice.now)
        outbox = transaction.outbox
        refused = "refused by Telegram"
        for end, why in ((outbox.drop, refused), (outbox.set_aside, refused), (outbox.drop, "no consent")):
            outbox.add([NewRow(1, Method.MESSAGE, Purpose.REPLY, "{}")], practice.now)
            [row] = outbox.next(practice.now, 2)
            end(row.id, why, practice.now)

        transaction.outbox.add([NewRow(1, Method.MESSAGE, Purpose.REPLY, "{}")], practice.now)

    lines = examined(shell)[1]

    place = lines.index(
        "look  Updates that could not be handled and were set aside: 1. Report what the log says of them; "
        "'alliance retry' tries them again."
    )
    assert lines[place + 1 :][:4] == [
        "look    update 1: 2026-03-02 07:00 UTC, KeyError",
        "look  Not sent in the last two days: 2 refused by Telegram. 'alliance retry' tries them again.",
        "look    message 2: reply, refused by Telegram, 2026-03-02 07:00 UTC",
        "look    message 1: reply, refused by Telegram, 2026-03-02 07:00 UTC"
        "; was taken up in another way, and is not tried again",
    ]
    assert "ok    1 message waits to be sent." in lines


@pytest.mark.parametrize(
    ("age", "backup_at", "verdict"),
    [
        (None, "03:00", Verdict.BAD),
        (timedelta(hours=36), "03:00", Verdict.OK),
        (timedelta(hours=37), "03:00", Verdict.BAD),
        (timedelta(hours=37), "none", Verdict.OK),
        (timedelta(days=9), "none", Verdict.BAD),
        (timedelta(hours=-1), "03:00", Verdict.OK),
    ],
)
def test_the_newest_backup_is_judged_by_its_age(
    practice: Practice, *, age: timedelta | None, backup_at: str, verdict: Verdict
) -> None:
    """None at all is bad, and so is one that is too old for how often they are made; unless the bot has never run."""
    settings = practice.settings.model_copy(update={"backup_at": backup_at})
    assert doctor.age_of_backup(age, settings, has_run=True).verdict is verdict
    before = Verdict.LOOK if verdict is Verdict.BAD else verdict
    assert doctor.age_of_backup(age, settings, has_run=False).verdict is before


def test_backups_and_the_journal_are_looked_at(practice: Practice, shell: CommandLine) -> None:
    """Before the first backup, after it, and when the journal is not what it should be."""
    folder = shell.folder / "backups"
    has_turned(practice)
    lines = examined(shell)[1]
    assert f"bad   There is no backup in {folder}. Make one with 'alliance backup'." in lines
    assert f"look  There is no journal at {folder}/journal.txt yet. The first backup begins it." in lines

    assert shell.types("backup").exit_code == 0
    practice.later(hours=3)
    lines = examined(shell)[1]
    assert "ok    The newest backup is 3h old." in lines
    assert f"ok    The journal at {folder}/journal.txt can be read: 0 lines." in lines

    (folder / "journal.txt").write_text("something else\n")
    exit_code, lines = examined(shell)
    assert exit_code == 1
    assert any("can't be used: its first line is damaged." in line for line in lines if line.startswith("bad"))


@pytest.fixture
def on_server(server: Server, tmp_path: Path) -> Iterator[CommandLine]:
    """The command line of a practice whose database is on a server."""
    with server.migrated() as address:
        yield command_line(tmp_path, settings_for(tmp_path, "http://127.0.0.1:1", "1:MADE-UP", database_url=address))


def test_on_a_server_somebody_has_to_see_to_encryption_at_rest(on_server: CommandLine) -> None:
    """It can't be told from here, so it is worth a look until the operator says that it is done."""
    done = CommandLine(on_server.folder, {**on_server.environment, "ALLIANCE_DATABASE_DISK_IS_ENCRYPTED": "yes"})
    assert f"look  {wording.DISK_MAY_BE_OPEN}" in on_server.types("doctor").lines
    assert f"ok    {wording.DISK_IS_ENCRYPTED}" in done.types("doctor").lines


def test_what_is_declared_is_yes_or_no(on_server: CommandLine) -> None:
    """Anything else is a slip of the finger, and not taken for either."""
    unclear = CommandLine(on_server.folder, {**on_server.environment, "ALLIANCE_DATABASE_DISK_IS_ENCRYPTED": "maybe"})
    assert unclear.types("doctor").lines == ["bad   ALLIANCE_DATABASE_DISK_IS_ENCRYPTED: Write yes or no."]


def test_a_file_is_encrypted_by_the_bot(shell: CommandLine) -> None:
    """Nobody is asked about its disk or a connection."""
    lines = "\n".join(examined(shell)[1])
    assert "ALLIANCE_DATABASE_DISK_IS_ENCRYPTED" not in lines
    assert "connection" not in lines


def test_a_connection_on_a_socket_is_fine(on_server: CommandLine) -> None:
    """Nothing leaves the machine."""
    assert f"ok    {wording.CONNECTION_STAYS_HERE}" in on_server.types("doctor").lines


@pytest.mark.parametrize(
    ("is_encrypted", "stays_here", "expected"),
    [
        (True, False, Finding(Verdict.OK, wording.CONNECTION_IS_ENCRYPTED)),
        (True, True, Finding(Verdict.OK, wording.CONNECTION_IS_ENCRYPTED)),
        (False, True, Finding(Verdict.OK, wording.CONNECTION_STAYS_HERE)),
        (False, False, Finding(Verdict.LOOK, wording.CONNECTION_IS_OPEN)),
    ],
)
def test_a_connection_to_another_machine_is_to_be_encrypted(
    *, is_encrypted: bool, stays_here: bool, expected: Finding
) -> None:
    """Where ALLIANCE_DATABASE_WITHOUT_TLS allows it not to be, it is still worth a look."""
    assert doctor.connection(is_encrypted=is_encrypted, stays_here=stays_here) == expected


def test_a_finding_is_a_value() -> None:
    """So that a page of health can show the same."""
    assert doctor.space(10**9, Path("data")) == Finding(Verdict.OK, "1000 MB are free for data.")
