"""The numbers that Telegram documents (https://core.telegram.org/bots/api, /bots/faq), each in its unit."""

from datetime import timedelta

TEXT_LENGTH = 4096
"""UTF-16 code units of a message's text after entities are parsed (sendMessage)."""
CAPTION_LENGTH = 1024
"""UTF-16 code units of a caption after entities are parsed (sendPhoto, sendDocument)."""
CALLBACK_DATA_BYTES = 64
"""Bytes of a button's callback_data, at least one (InlineKeyboardButton)."""
CALLBACK_ANSWER_LENGTH = 200
"""Characters of the notice that answers a tap (answerCallbackQuery)."""
BUTTONS_IN_A_KEYBOARD = 100
"""Buttons of one inline keyboard; undocumented, as the servers count."""
START_PAYLOAD_LENGTH = 64
"""Characters of a deep link's payload, of A-Z a-z 0-9 _ - (https://core.telegram.org/bots/features#deep-linking)."""

UPDATES_KEPT_FOR = timedelta(hours=24)
"""How long an update waits for the bot (getting updates: "not kept longer than 24 hours")."""
TAPS_KEPT_FOR = timedelta(seconds=150)
"""How long a tap waits, and how long it can be answered; undocumented, as the open Bot API server has it."""
UPDATE_IDS_RESTART_AFTER = timedelta(days=7)
"""Without updates for so long, the next update_id is random (Update)."""
DELETABLE_FOR = timedelta(hours=48)
"""A message can be deleted if it was sent less than this ago (deleteMessage)."""

UPDATES_IN_A_BATCH = 100
"""Updates in one answer of getUpdates."""
LONGEST_POLL = 50
"""Seconds; a longer timeout of getUpdates counts as this."""
DELETIONS_IN_A_CALL = 100
"""Identifiers in one deleteMessages."""

UPLOADED_PHOTO_BYTES = 10 * 1024 * 1024
"""Bytes of an uploaded photo (sending files)."""
UPLOADED_FILE_BYTES = 50 * 1024 * 1024
"""Bytes of any other uploaded file (sending files)."""
DOWNLOADED_FILE_BYTES = 20 * 1024 * 1024
"""Bytes of a file that getFile hands out."""
PHOTO_SIDES = 10_000
"""Pixels: a photo's width and height in all (sendPhoto)."""
PHOTO_RATIO = 20
"""How many times as long as the other a photo's side may be (sendPhoto)."""

COMMANDS_IN_A_LIST = 100
"""Commands in one setMyCommands."""
COMMAND_DESCRIPTION_LENGTH = 256
"""Characters of a command's description, at least one (BotCommand)."""
NAME_LENGTH = 64
"""Characters of setMyName."""
DESCRIPTION_LENGTH = 512
"""Characters of setMyDescription."""
SHORT_DESCRIPTION_LENGTH = 120
"""Characters of setMyShortDescription."""

MESSAGES_OVERALL = (30, timedelta(seconds=1))
"""New messages of one bot in any such time (bots FAQ: "about 30 messages per second")."""
MESSAGES_IN_A_CHAT = (5, timedelta(seconds=5))
"""New messages in one private chat: one a second with "short bursts" (bots FAQ); the burst here is five."""
MESSAGES_IN_A_GROUP = (20, timedelta(minutes=1))
"""New messages in one group (bots FAQ: "20 messages per minute")."""
