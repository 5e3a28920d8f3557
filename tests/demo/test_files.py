"""Uploads and downloads."""

import asyncio
import struct

import pytest
from telegram import Bot

from bot.demo.telegram import Person, World

from .calling import Api

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480) + b"made up"
JPEG = b"\xff\xd8" + struct.pack(">HHH", 0xFFE0, 4, 0) + struct.pack(">HHBHH", 0xFFC0, 11, 8, 480, 640) + b"made up"


def test_bytes_come_back_unchanged(api: Api, robin: Person) -> None:
    """What python-telegram-bot uploads is what the person gets and what it downloads again."""
    content = bytes(range(256)) * 300 + b"\r\n--boundary--\r\n"

    async def there_and_back() -> tuple[str | None, bytes]:
        async with Bot(api.token, base_url=f"{api.url}/bot", base_file_url=f"{api.url}/file/bot") as bot:
            message = await bot.send_document(robin.user_id, content, filename="Ünïcode.bin", caption="12345")
            assert message.document is not None
            file = await bot.get_file(message.document.file_id)
            return message.caption, bytes(await file.download_as_bytearray())

    assert ("12345", content) == asyncio.run(there_and_back())
    assert ("Ünïcode.bin", content) == robin.sees()[-1].document


@pytest.mark.parametrize("content", [PNG, JPEG])
def test_a_photo_is_seen_with_its_caption(api: Api, robin: Person, content: bytes) -> None:
    """The image is measured, and both its bytes and its caption are seen."""
    result = api.call(
        "sendPhoto",
        chat_id=robin.user_id,
        photo=("chart.png", content),
        caption="<b>Your</b> weeks",
        parse_mode="HTML",
        has_spoiler=True,
        show_caption_above_media=True,
    )

    assert [(640, 480, len(content))] == [(one["width"], one["height"], one["file_size"]) for one in result["photo"]]
    assert (content, "Your weeks") == (robin.sees()[-1].photo, robin.sees()[-1].text)
    assert (result["has_media_spoiler"], result["show_caption_above_media"]) == (True, True)


def test_files_without_caption_ring_with_their_kind(api: Api, robin: Person) -> None:
    """A lock screen shows "Photo" or the file's name."""
    api.call("sendPhoto", chat_id=robin.user_id, photo=("chart.png", PNG))
    api.call("sendDocument", chat_id=robin.user_id, document=("notes.txt", b"hi"))

    assert robin.notifications == ["Photo", "notes.txt"]


def test_a_file_can_be_sent_again_by_its_id(api: Api, robin: Person) -> None:
    """A file_id stands for the file, but a document is no photo."""
    document = api.call("sendDocument", chat_id=robin.user_id, document=("a.txt", b"a"))["document"]["file_id"]

    api.call("sendDocument", chat_id=robin.user_id, document=document)

    assert robin.sees()[-1].document == ("a.txt", b"a")
    refusal = api.refusal("sendPhoto", chat_id=robin.user_id, photo=document)
    assert refusal == "Bad Request: can't use file of type Document as Photo"


def test_a_file_can_be_attached_under_another_name(api: Api, robin: Person) -> None:
    """attach:// points to another part of the form."""
    api.call("sendDocument", chat_id=robin.user_id, document="attach://part", part=("a.txt", b"a"))

    assert robin.sees()[-1].document == ("a.txt", b"a")
    refusal = api.refusal("sendDocument", chat_id=robin.user_id, document="attach://none")
    assert refusal.startswith("Bad Request: there is no file")


@pytest.mark.parametrize(
    ("method", "arguments", "why"),
    [
        ("sendPhoto", {"photo": ("a.png", b"no image")}, "Bad Request: IMAGE_PROCESS_FAILED"),
        ("sendPhoto", {"photo": ("a.png", PNG[:20])}, "Bad Request: IMAGE_PROCESS_FAILED"),
        ("sendPhoto", {"photo": ("a.jpg", JPEG[:8])}, "Bad Request: IMAGE_PROCESS_FAILED"),
        (
            "sendPhoto",
            {"photo": ("a.png", PNG[:16] + struct.pack(">II", 9000, 1001))},
            "Bad Request: PHOTO_INVALID_DIMENSIONS",
        ),
        (
            "sendPhoto",
            {"photo": ("a.png", PNG[:16] + struct.pack(">II", 2100, 100))},
            "Bad Request: PHOTO_INVALID_DIMENSIONS",
        ),
        ("sendPhoto", {"photo": ("a.png", PNG + b"0" * 10 * 1024 * 1024)}, "Request Entity Too Large"),
        ("sendPhoto", {"photo": ("a.png", PNG), "caption": "a" * 1025}, "Bad Request: message caption is too long"),
        ("sendPhoto", {}, "Bad Request: there is no photo in the request"),
        ("sendPhoto", {"photo": "unknown"}, "Bad Request: wrong file identifier/HTTP URL specified"),
        ("sendDocument", {"document": ("a.txt", b"")}, "Bad Request: file must be non-empty"),
        (
            "sendDocument",
            {"document": "https://example.org/a.txt"},
            "Not Implemented: a document by its address is not built in the pretend Telegram",
        ),
    ],
)
def test_a_file_that_telegram_would_not_take_is_refused(
    api: Api, robin: Person, method: str, arguments: dict[str, object], why: str
) -> None:
    """What is no image, too large, too long or missing isn't sent."""
    assert why == api.refusal(method, chat_id=robin.user_id, **arguments)
    assert len(robin.sees()) == 1


def test_a_caption_of_1024_is_accepted(api: Api, robin: Person) -> None:
    """The longest caption fits, without its tags."""
    caption = "<i>" + "é" * 1024 + "</i>"
    api.call("sendPhoto", chat_id=robin.user_id, photo=("a.gif", b"GIF89a"), caption=caption, parse_mode="HTML")

    assert robin.sees()[-1].text == "é" * 1024


def test_what_people_send_can_be_downloaded(api: Api, robin: Person) -> None:
    """Voice messages, photos and documents arrive with a file_id."""
    robin.sends_voice()
    robin.sends_photo()
    robin.sends_document("notes.txt", b"hello")

    voice, photo, document = (update["message"] for update in api.updates())
    assert voice["voice"]["duration"] == 1
    assert (photo["photo"][0]["width"], photo["photo"][0]["height"]) == (1, 1)
    path = api.call("getFile", file_id=document["document"]["file_id"])["file_path"]
    assert api.client.get(f"{api.url}/file/bot{api.token}/{path}").content == b"hello"
    assert robin.sees()[-1].document == ("notes.txt", b"hello")


def test_a_missing_file_is_not_found(api: Api) -> None:
    """400 from getFile, 404 from the download."""
    assert api.refusal("getFile", file_id="none") == "Bad Request: wrong file identifier/HTTP URL specified"
    assert api.client.get(f"{api.url}/file/bot{api.token}/none.txt").status_code == 404
    assert api.client.get(f"{api.url}/file/bot1:UNKNOWN/none.txt").status_code == 404


def test_a_large_file_is_not_handed_out(api: Api, robin: Person, world: World) -> None:
    """getFile knows files of up to 20 MB."""
    robin.sends_document("large.bin", b"0" * (20 * 1024 * 1024 + 1))
    file_id = api.updates()[0]["message"]["document"]["file_id"]

    assert api.refusal("getFile", file_id=file_id) == "Bad Request: file is too big"
    assert world.pending_updates == 1
