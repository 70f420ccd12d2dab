"""What sound files look like over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callcenter.audio.rules import AudioKind, DeletionRule, DiskState, Purpose
from callcenter.audio.store import KeptFile, Listened
from callcenter.http.cursors import LARGEST_ID
from callcenter.http.fields import AskedName, Moment
from callcenter.http.pages import Page, PageQuery

Reason = Annotated[
    str, Field(min_length=2, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
]
"""Why somebody does what is written down."""


class AudioQuery(PageQuery):
    """Which files are wanted; `day` is a business day."""

    pbx: AskedName | None = None
    call_id: AskedName | None = None
    day: date | None = None


class AudioFileView(BaseModel):
    """A file of one call as it was when it was taken in."""

    id: int
    pbx: str
    call_id: str
    kind: AudioKind = Field(
        description="`caller` is what the side that called said, `callee` what it heard; `leg` is what one said."
    )
    started_at: Moment
    seconds: float
    bytes: int
    sha256: str
    is_silent: bool = Field(description="Less than half a second of it is louder than silence.")
    is_mended: bool = Field(description="The PBX died meanwhile: the last two seconds may be missing.")
    taken_in_at: Moment
    is_held: bool = Field(description="A legal hold on the call stops its deletion.")
    certificate_id: int | None = Field(description="Of its deletion; from then on nobody can hear it.")


def describe_file(kept: KeptFile) -> dict[str, object]:
    """What every view of a file has."""
    file = kept.file
    return {
        "id": file.id,
        "pbx": file.pbx,
        "call_id": file.call_id,
        "kind": file.kind,
        "started_at": file.started_at,
        "seconds": file.duration.total_seconds(),
        "bytes": file.size,
        "sha256": file.sha256,
        "is_silent": file.is_silent,
        "is_mended": file.is_mended,
        "taken_in_at": file.taken_in_at,
        "is_held": kept.is_held,
        "certificate_id": file.certificate_id,
    }


class NewHold(BaseModel):
    """Why no file of the call may be deleted."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class ListeningView(BaseModel):
    """Somebody was given part of a file; `seconds` is null until that has ended, and if it never ended in order."""

    id: int
    file_id: int
    pbx: str
    call_id: str
    kind: AudioKind
    user: str
    at: Moment
    reason: str | None
    is_download: bool
    from_seconds: float
    seconds: float | None


class ListeningQuery(PageQuery):
    """Whose listenings are wanted."""

    file_id: int | None = Field(default=None, ge=1, le=LARGEST_ID)


class ListeningPage(Page[ListeningView]):
    """Newest first."""


def listening_view(listened: Listened) -> ListeningView:
    """Bytes as the seconds that they sound."""
    listening, file = listened.listening, listened.file
    per_byte = file.duration.total_seconds() / file.size if file.size else 0.0
    return ListeningView(
        id=listening.id,
        file_id=file.id,
        pbx=file.pbx,
        call_id=file.call_id,
        kind=AudioKind(file.kind),
        user=listened.user,
        at=listening.at,
        reason=listening.reason,
        is_download=listening.is_download,
        from_seconds=round(listening.first_byte * per_byte, 3),
        seconds=None if listening.bytes_sent is None else round(listening.bytes_sent * per_byte, 3),
    )


class DeletedFileView(BaseModel):
    """A file on a certificate."""

    id: int
    kind: AudioKind
    pbx: str
    call_id: str
    path: str
    sha256: str
    bytes: int
    started_at: Moment


class CertificateView(BaseModel):
    """Which files were deleted, when and by which rule."""

    id: int
    issued_at: Moment
    rule: DeletionRule
    files: list[DeletedFileView]
    not_removed: list[int] = Field(description="Files on it that are still on the disk, unheard, until they can go.")
    previous_sha256: str | None
    sha256: str = Field(description="Of the certificate and the one before, so that a later change shows.")


class CertificatePage(Page[CertificateView]):
    """Newest first."""

    breaks: list[str] = Field(description="What was changed in the chain of all certificates; empty for a whole one.")


class StorageView(BaseModel):
    """Room on the disk below one folder."""

    purpose: Purpose
    pbx: str | None = Field(description="Null for a folder that is for every PBX.")
    state: DiskState = Field(description="`alarm`: time to make room. `full`: the oldest that may go are deleted.")
    free_bytes: int
    total_bytes: int
    free_percent: float


class StorageReport(BaseModel):
    """The disks that sound files are kept on, and what may go first."""

    disks: list[StorageView]
    oldest_deletable_at: Moment | None = Field(description="Start of the oldest file that no legal hold protects.")
    due_calls: int = Field(description="Calls over whose recordings were not looked for yet.")
