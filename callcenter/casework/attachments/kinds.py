"""What a file is, told by its content and never by its name. Nothing is unpacked for it."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from typing import BinaryIO

from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError

LARGEST_FILE = 20 << 20
"""Bytes."""
LARGEST_DIRECTORY = 1 << 20
"""Bytes of the list of parts of an Office file, which is read whole."""


class FileKind(StrEnum):
    """A kind of file that is taken. A closed list; the word is also how such a file's name ends."""

    JPEG = "jpg"
    PNG = "png"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    MP4 = "mp4"
    WAV = "wav"

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return _MEDIA_TYPES[self]

    @property
    def endings(self) -> tuple[str, ...]:
        """How the name of such a file may end."""
        return (".jpg", ".jpeg") if self is FileKind.JPEG else (f".{self.value}",)


_OFFICE = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES = {
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: f"{_OFFICE}.wordprocessingml.document",
    FileKind.XLSX: f"{_OFFICE}.spreadsheetml.sheet",
    FileKind.MP4: "video/mp4",
    FileKind.WAV: "audio/wav",
}
_BEGINS = {b"\xff\xd8\xff": FileKind.JPEG, b"\x89PNG\r\n\x1a\n": FileKind.PNG, b"%PDF-": FileKind.PDF}
_BRANDS = (b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash")
"""Of MP4 (ISO/IEC 14496-12, 4.3): other brands are other formats."""
_ZIP, _END, _END_64 = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _LONGEST_COMMENT = 22, 0xFFFF
_TYPES = "[Content_Types].xml"
_MACROS = "vbaproject.bin"
_PARTS = {"word/document.xml": FileKind.DOCX, "xl/workbook.xml": FileKind.XLSX}


def tell_kind(file: BinaryIO) -> FileKind:
    """The kind of a file. Raises InputError for one that is not taken."""
    file.seek(0)
    head = file.read(16)
    kind = next((kind for begin, kind in _BEGINS.items() if head.startswith(begin)), None)
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        kind = FileKind.MP4
    elif head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        kind = FileKind.WAV
    elif head[:4] == _ZIP:
        kind = _tell_office_kind(file)
    if kind is None:
        raise InputError(
            "A file is a JPEG, PNG, PDF, DOCX, XLSX, MP4 or WAV: this is none, whatever its name says.",
            code=ErrorCode.FILE_KIND_NOT_TAKEN,
        )
    return kind


def _tell_office_kind(file: BinaryIO) -> FileKind | None:
    """By the list of its parts alone, and only if that is small; None also for one with macros."""
    if not _has_small_directory(file):
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if _TYPES not in names or any(name.lower().endswith(_MACROS) for name in names):
        return None
    kinds = [kind for part, kind in _PARTS.items() if part in names]
    return kinds[0] if len(kinds) == 1 else None


def _has_small_directory(file: BinaryIO) -> bool:
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + _END_SIZE or _END_64 in tail[max(0, place - 20) : place]:
        return False
    return int.from_bytes(tail[place + 12 : place + 16], "little") <= LARGEST_DIRECTORY
