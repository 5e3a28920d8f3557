"""The schema, as numbered migrations. All times are milliseconds since 1970 in UTC."""

from sqlite_utils import Database, Migrations

migrations = Migrations("alliance")


@migrations(name="0001_main_job")
def _main_job(database: Database) -> None:
    for statement in _MAIN_JOB.split(";\n"):
        database.execute(statement)


@migrations(name="0002_audit")
def _audit(database: Database) -> None:
    database.execute(_AUDIT)


@migrations(name="0003_ended")
def _ended(database: Database) -> None:
    for statement in _ENDED.split(";\n"):
        database.execute(statement)


@migrations(name="0004_guesses")
def _guesses(database: Database) -> None:
    for statement in _GUESSES.split(";\n"):
        database.execute(statement)


@migrations(name="0005_deciding")
def _deciding(database: Database) -> None:
    database.execute("ALTER TABLE accounts ADD COLUMN deciding_since INTEGER")


@migrations(name="0006_places")
def _places(database: Database) -> None:
    for statement in _PLACES.split(";\n"):
        database.execute(statement)


@migrations(name="0007_asked")
def _asked(database: Database) -> None:
    database.execute("ALTER TABLE enrolments ADD COLUMN asked_at INTEGER")
    database.execute("UPDATE enrolments SET asked_at = opened_at")


_MAIN_JOB = """
CREATE TABLE accounts (
    chat_id INTEGER PRIMARY KEY,
    zone TEXT, -- NULL: the practice's own
    unreachable_since INTEGER, -- NULL: reachable, as far as is known
    paused_at INTEGER, -- NULL: not paused
    paused_until INTEGER, -- NULL while paused: until they resume
    expects_kind TEXT, -- NULL: no typed text is expected
    expects_subject TEXT
) STRICT;
CREATE TABLE therapists (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    account INTEGER, -- NULL: has not used the link yet
    zone TEXT NOT NULL,
    zone_is_set INTEGER NOT NULL,
    digest_weekday INTEGER NOT NULL, -- 0: Monday
    digest_hour TEXT NOT NULL, -- local, HH:MM
    heads_up INTEGER NOT NULL,
    next_digest_at INTEGER, -- NULL: not enrolled yet, or removed
    last_digest_at INTEGER, -- NULL: no digest yet
    last_digest_since INTEGER, -- NULL: no digest yet
    removed_at INTEGER, -- NULL: works here
    clients_told_at INTEGER -- NULL: clients have not been told that check-ins wait
) STRICT;
CREATE UNIQUE INDEX therapists_account ON therapists (account) WHERE removed_at IS NULL;
CREATE INDEX therapists_digest ON therapists (next_digest_at) WHERE next_digest_at IS NOT NULL;
CREATE TABLE enrolments (
    code TEXT PRIMARY KEY,
    therapist TEXT NOT NULL REFERENCES therapists (id),
    alias TEXT NOT NULL,
    state TEXT NOT NULL,
    invited_at INTEGER NOT NULL,
    account INTEGER, -- NULL: nobody has opened the invitation
    opened_at INTEGER,
    ask_again_at INTEGER, -- NULL: nothing to ask again
    terms TEXT, -- NULL: nothing agreed yet
    granted_at INTEGER,
    confirmed_at INTEGER, -- NULL: the therapist has not confirmed who it is
    ended_at INTEGER -- NULL: goes on
) STRICT;
CREATE INDEX enrolments_therapist ON enrolments (therapist);
CREATE INDEX enrolments_account ON enrolments (account);
CREATE INDEX enrolments_ask_again ON enrolments (ask_again_at) WHERE ask_again_at IS NOT NULL;
CREATE INDEX enrolments_waiting ON enrolments (state) WHERE state IN ('opened', 'granted');
CREATE TABLE consent_texts (
    sha256 TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;
CREATE TABLE consents (
    id INTEGER PRIMARY KEY,
    enrolment TEXT NOT NULL REFERENCES enrolments (code) ON DELETE CASCADE,
    choice TEXT NOT NULL,
    at INTEGER NOT NULL,
    terms TEXT NOT NULL,
    language TEXT NOT NULL,
    text_sha256 TEXT NOT NULL REFERENCES consent_texts (sha256)
) STRICT;
CREATE INDEX consents_enrolment ON consents (enrolment);
CREATE TABLE invitations (
    code_hash TEXT PRIMARY KEY,
    therapist TEXT REFERENCES therapists (id), -- NULL: for a client
    enrolment TEXT REFERENCES enrolments (code) ON DELETE CASCADE, -- NULL: for a therapist
    expires_at INTEGER NOT NULL,
    used_at INTEGER, -- NULL: not used
    used_by INTEGER,
    revoked_at INTEGER -- NULL: not taken back
) STRICT;
CREATE INDEX invitations_enrolment ON invitations (enrolment);
CREATE INDEX invitations_therapist ON invitations (therapist);
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    enrolment TEXT NOT NULL REFERENCES enrolments (code) ON DELETE CASCADE,
    started_at INTEGER, -- NULL: not known
    ended_at INTEGER NOT NULL,
    logged_at INTEGER NOT NULL,
    cancelled_at INTEGER -- NULL: it stands
) STRICT;
CREATE INDEX sessions_enrolment ON sessions (enrolment, ended_at);
CREATE TABLE check_ins (
    session TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    enrolment TEXT NOT NULL REFERENCES enrolments (code) ON DELETE CASCADE,
    state TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    page TEXT NOT NULL,
    question TEXT, -- NULL: the card shows no question
    reminder_at INTEGER, -- NULL: no reminder is planned
    sent_at INTEGER, -- NULL: not sent yet
    started_at INTEGER,
    closed_at INTEGER, -- NULL: can still be answered
    reason TEXT,
    wish TEXT,
    kept_private INTEGER NOT NULL,
    shown_at INTEGER, -- NULL: the therapist has not been shown it
    heads_up_at INTEGER -- NULL: the therapist was not nudged
) STRICT;
CREATE INDEX check_ins_enrolment ON check_ins (enrolment, sent_at);
CREATE INDEX check_ins_due ON check_ins (due_at) WHERE state = 'planned';
CREATE INDEX check_ins_reminder ON check_ins (reminder_at) WHERE reminder_at IS NOT NULL;
CREATE INDEX check_ins_expiry ON check_ins (expires_at) WHERE state IN ('planned', 'due', 'sent', 'started');
CREATE TABLE answers (
    session TEXT NOT NULL REFERENCES check_ins (session) ON DELETE CASCADE,
    question TEXT NOT NULL,
    rating INTEGER, -- NULL: skipped
    at INTEGER NOT NULL,
    PRIMARY KEY (session, question)
) STRICT, WITHOUT ROWID;
CREATE TABLE comments (
    session TEXT NOT NULL REFERENCES check_ins (session) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (session, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE talked_about (
    session TEXT NOT NULL REFERENCES check_ins (session) ON DELETE CASCADE,
    signal TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (session, signal)
) STRICT, WITHOUT ROWID;
CREATE TABLE cards (
    session TEXT PRIMARY KEY REFERENCES check_ins (session) ON DELETE CASCADE,
    message_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE inbox (
    number INTEGER PRIMARY KEY, -- the order of arrival: update ids start anew at random after a quiet week
    bot_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    lane INTEGER, -- the chat whose order must hold; NULL: none could be told, or handled
    payload TEXT, -- NULL: handled
    state TEXT NOT NULL, -- waiting, handled, parked
    attempts INTEGER NOT NULL DEFAULT 0,
    retry_at INTEGER NOT NULL DEFAULT 0,
    settled_at INTEGER, -- NULL: waiting
    why TEXT -- why it was parked: the name of an error, never its words
) STRICT;
CREATE UNIQUE INDEX inbox_update ON inbox (bot_id, update_id);
CREATE INDEX inbox_waiting ON inbox (number) WHERE state = 'waiting';
CREATE INDEX inbox_settled ON inbox (settled_at) WHERE settled_at IS NOT NULL;
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    priority INTEGER NOT NULL, -- lower goes first
    method TEXT NOT NULL, -- message, card, menu, leave, retire, delete
    body TEXT, -- NULL: sent, or given up for good
    enrolment TEXT, -- whose consent it depends on; NULL: nobody's
    session TEXT, -- the check-in it is about; NULL: none
    slot TEXT, -- of one slot only the newest waits; NULL: it has none
    anew INTEGER NOT NULL DEFAULT 0,
    shows TEXT NOT NULL DEFAULT '[]', -- JSON: sessions whose answers it shows to a therapist
    silent INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL, -- queued, claimed, sent, failed
    not_before INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    claimed_by TEXT, -- NULL: not claimed
    claimed_until INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    message_id INTEGER, -- NULL: not sent, or not a message
    settled_at INTEGER, -- NULL: still to be sent
    why TEXT -- why it failed
) STRICT;
CREATE UNIQUE INDEX outbox_slot ON outbox (slot) WHERE state = 'queued';
CREATE INDEX outbox_waiting ON outbox (priority, id) WHERE state IN ('queued', 'claimed');
CREATE INDEX outbox_chat ON outbox (chat_id, priority, id) WHERE state IN ('queued', 'claimed');
CREATE INDEX outbox_sent ON outbox (chat_id, settled_at) WHERE state = 'sent';
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

_AUDIT = """
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    what TEXT NOT NULL, -- export, erase, purge, restore, retry
    enrolment TEXT -- whose data; NULL: everybody's. It refers to nothing: it outlives an erasure
) STRICT
"""

_ENDED = """
CREATE INDEX enrolments_ended ON enrolments (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX therapists_removed ON therapists (removed_at) WHERE removed_at IS NOT NULL
"""

_GUESSES = """
CREATE TABLE guesses (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL, -- who opened a link that does not work
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX guesses_account ON guesses (account, at);
CREATE INDEX guesses_at ON guesses (at)
"""

_PLACES = """
DROP INDEX check_ins_due;
DROP INDEX check_ins_reminder;
DROP INDEX check_ins_expiry;
CREATE INDEX check_ins_due ON check_ins (due_at, session) WHERE state = 'planned';
CREATE INDEX check_ins_reminder ON check_ins (reminder_at, session) WHERE reminder_at IS NOT NULL;
CREATE INDEX check_ins_expiry ON check_ins (expires_at, session)
    WHERE state IN ('planned', 'due', 'sent', 'started')
"""
