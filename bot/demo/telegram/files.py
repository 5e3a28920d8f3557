"""Files: bytes that were uploaded, kept unchanged, and found again by file_id and by path."""

import struct
from dataclasses import dataclass
from itertools import count

from . import limits
from .arguments import Arguments, JsonObject, Upload
from .refusals import Refusal, bad_request, not_built

_IMAGE_SIGNATURES = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp"}
_UNMEASURED = (800, 600)
"""Pixels reported for an image that is neither PNG nor JPEG."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as Telegram keeps it. `path` is what getFile returns."""

    file_id: str
    path: str
    name: str
    mime_type: str
    content: bytes

    def as_json(self) -> JsonObject:
        """What PhotoSize, Document, Voice and File have in common."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.file_id.removeprefix("file-"),
            "file_size": len(self.content),
        }


class Files:
    """The files of one bot. The caller holds the lock."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._numbers = count()

    def keep(self, folder: str, upload: Upload) -> StoredFile:
        """Store a file in a folder such as "photos"."""
        number = next(self._numbers)
        suffix = "." + upload.name.rpartition(".")[2] if "." in upload.name else ""
        file_id = f"file-{folder}-{number}"
        stored = StoredFile(file_id, f"{folder}/file_{number}{suffix}", upload.name, upload.mime_type, upload.content)
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored

    def by_id(self, file_id: str) -> StoredFile:
        """The file, or a refusal with 400."""
        if file_id not in self._by_id:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return self._by_id[file_id]

    def by_path(self, path: str) -> StoredFile | None:
        """The file that getFile named so."""
        return self._by_path.get(path)

    def given(self, arguments: Arguments, name: str, folder: str) -> StoredFile:
        """The file of a parameter: uploaded now, or known by its file_id. An address to fetch from is not built."""
        upload = arguments.upload(name)
        text = arguments.text(name)
        if upload is not None:
            _check_size(upload, folder)
            return self.keep(folder, upload)
        if text is None:
            raise bad_request(f"there is no {name} in the request")
        if text.startswith(("http://", "https://")):
            raise not_built(f"a {name} by its address")
        if text.startswith("attach://"):
            raise bad_request("there is no file with the name given in attach://")
        stored = self.by_id(text)
        if folder == "photos" and not stored.path.startswith("photos/"):
            raise bad_request("can't use file of type Document as Photo")
        return stored


def _check_size(upload: Upload, folder: str) -> None:
    if not upload.content:
        raise bad_request("file must be non-empty")
    most = limits.UPLOADED_PHOTO_BYTES if folder == "photos" else limits.UPLOADED_FILE_BYTES
    if len(upload.content) > most:
        raise Refusal(413, "Request Entity Too Large")
    if folder == "photos":
        width, height = picture_size(upload.content)
        too_long = max(width, height) > limits.PHOTO_RATIO * max(1, min(width, height))
        if width + height > limits.PHOTO_SIDES or too_long:
            raise bad_request("PHOTO_INVALID_DIMENSIONS")


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header; what is no image is refused with 400."""
    if not content.startswith(tuple(_IMAGE_SIGNATURES)):
        raise bad_request("IMAGE_PROCESS_FAILED")
    if content.startswith(b"\x89PNG"):
        return _png_size(content)
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    return _UNMEASURED


def _png_size(content: bytes) -> tuple[int, int]:
    if len(content) < 24:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    position = 2
    while position + 9 <= len(content):
        marker, length = struct.unpack(">HH", content[position : position + 4])
        if 0xFFC0 <= marker <= 0xFFC3:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        position += 2 + length
    raise bad_request("IMAGE_PROCESS_FAILED")
