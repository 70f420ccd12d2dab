"""How what is held of a person is written: labels, words, moments, and the tables of which the document is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.audio.store import KeptFile
from callcenter.casework.masks import mask_name, mask_text
from callcenter.casework.person_requests.rules import Person
from callcenter.casework.person_requests.words import LABELS
from callcenter.languages import Language, word_of

Part = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Print:
    """For whom, by whom and why it is made, and how it is printed. `sound_kept` is how long sound files stay."""

    person: Person
    reason: str
    identity: str
    by: str
    office: str
    at: datetime
    language: Language
    timezone: ZoneInfo
    area_code: str
    sound_kept: timedelta
    font: str


class DocumentText:
    """Writes in the language of the document, in the times of the office."""

    def __init__(self, printed: Print) -> None:
        self._printed = printed
        self.index = list(Language).index(printed.language)

    def table(
        self,
        title: str,
        widths: tuple[int, ...],
        header: tuple[str, ...],
        rows: Iterable[list[str]],
        *,
        level: int = 1,
        remark: str = "",
    ) -> Part:
        """A part that is a table, by the keys of its labels; without a row it says that there is none."""
        names = [self.label(name) for name in header]
        return self.part(self.label(title), widths=widths, header=names, rows=rows, level=level, remark=remark)

    @staticmethod
    def part(
        title: str,
        *,
        facts: Sequence[Sequence[str]] = (),
        widths: Sequence[int] = (),
        header: Sequence[str] = (),
        rows: Iterable[list[str]] = (),
        level: int = 1,
        remark: str = "",
    ) -> Part:
        """A part of the document as the page takes it: facts, a table, or both."""
        return {
            "title": title,
            "level": level,
            "facts": list(facts),
            "widths": list(widths),
            "header": list(header),
            "rows": list(rows),
            "remark": remark,
        }

    def sound(self, files: Sequence[KeptFile]) -> str:
        """Whether any of these is still there, and until when."""
        if not files:
            return self.label("nothing")
        kept = [one for one in files if one.file.certificate_id is None]
        if not kept:
            return self.label("deleted")
        if any(one.is_held for one in kept):
            return self.label("held")
        until = max(one.file.started_at for one in kept) + self._printed.sound_kept
        return self.label("kept", day=self.day(until))

    def text(self, text: str | None, others: Iterable[str] = ()) -> str:
        """Free text without numbers, and without the names of these others."""
        hidden = mask_text(text, area_code=self._printed.area_code) or ""
        for name in sorted(others, key=len, reverse=True):
            if len(name) > 1 and name not in self._printed.person.names:
                hidden = hidden.replace(name, mask_name(name) or "")
        return hidden

    def said(self, said: bool | None) -> str:
        """What somebody said to a question."""
        return self.label("unsaid" if said is None else "yes" if said else "no")

    def label(self, key: str, /, **values: Any) -> str:
        """One of our own words or sentences."""
        return LABELS[key][self.index].format(**values)

    def word(self, of: Mapping[str, str], value: str) -> str:
        """Of a closed list."""
        return word_of(of, value, self._printed.language)

    def day(self, at: datetime) -> str:
        """In which the moment lies."""
        return at.astimezone(self._printed.timezone).date().isoformat()

    def moment(self, at: datetime | None) -> str:
        """To the second; nothing for none."""
        return "" if at is None else f"{at.astimezone(self._printed.timezone):%Y-%m-%d %H:%M:%S}"
