"""The record of a mediation as a page to print: what the law wants kept when it is done by telephone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from callcenter.audio.tables import AudioFile
from callcenter.calls.numbers import mask
from callcenter.errors import MissingFontError
from callcenter.languages import Language, Words
from callcenter.mediation import printed_record_words as words
from callcenter.mediation.dossier import Account
from callcenter.mediation.printed_record_words import LABELS, Copy
from callcenter.mediation.recording_intake import leg_of, stop_of
from callcenter.mediation.recording_refusals import ROOM, StopFailure
from callcenter.mediation.rules import EndReason, HostWord, LegCommand, LegFailure, LegRole, Result, RoomWord
from callcenter.mediation.store import BACKEND_ACTOR, PBX_ACTOR
from callcenter.mediation.tables import Mediation, MediationEvent, MediationLeg

CHINESE_FONTS = (
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK SC",
    "Noto Serif CJK SC",
    "Source Han Sans SC",
)
"""The first that is installed; names stand in Chinese in an English record as well."""

AT_ONCE = timedelta(seconds=1)
"""A recording that stopped so soon after a refusal ends with it."""

_PAGE = Path(__file__).with_name("record.typ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """Who mediates, as settings say."""

    name: str
    series: str
    """What stands before the year in the number of a record."""


NO_OFFICE = Office(name="", series="")


def print_record(
    account: Account,
    *,
    language: Language,
    timezone: ZoneInfo,
    area_code: str,
    font: str,
    copy: Copy = Copy.PARTY,
    office: Office = NO_OFFICE,
    page: Literal["pdf", "png"] = "pdf",
) -> bytes:
    """The record as PDF. Everything typed is handed over as data, never as part of the page's code."""
    content = describe_account(
        account, language=language, timezone=timezone, area_code=area_code, copy=copy, office=office
    )
    inputs = {"record": json.dumps(content | {"font": font, "language": language.value}, ensure_ascii=False)}
    moment = account.mediation.ended_at or account.mediation.created_at
    import typst  # large, and only for whoever prints

    printed: bytes | list[bytes] = typst.compile(
        _PAGE.read_bytes(), format=page, sys_inputs=inputs, timestamp=int(moment.timestamp())
    )
    return printed[0] if isinstance(printed, list) else printed


def describe_account(
    account: Account,
    *,
    language: Language,
    timezone: ZoneInfo,
    area_code: str,
    copy: Copy = Copy.PARTY,
    office: Office = NO_OFFICE,
) -> dict[str, Any]:
    """What the page is given to print."""
    return _Writer(language=language, timezone=timezone, area_code=area_code, copy=copy, office=office).write(account)


def number_of(mediation: Mediation, series: str) -> str | None:
    """As offices number what they file: 常市监调〔2026〕12号. None until it has begun."""
    if mediation.record_number is None:
        return None
    return f"{series}〔{mediation.record_year}〕{mediation.record_number}号"


def find_chinese_font() -> str:
    """Raises MissingFontError: without one a page would be full of boxes."""
    import typst

    installed = set(typst.Fonts().families())
    for font in CHINESE_FONTS:
        if font in installed:
            return font
    raise MissingFontError


class _Writer:
    """An account in the words of one language."""

    def __init__(self, *, language: Language, timezone: ZoneInfo, area_code: str, copy: Copy, office: Office) -> None:
        self._copy = copy
        self._office = office
        self._index = list(Language).index(language)
        self._timezone = timezone
        self._area_code = area_code

    def write(self, account: Account) -> dict[str, Any]:
        mediation = account.mediation
        result = "" if mediation.result is None else self._word(words.RESULTS, Result(mediation.result))
        end = "" if mediation.end_reason is None else self._word(words.ENDS, EndReason(mediation.end_reason))
        amount = None if mediation.amount_cents is None else f"{Decimal(mediation.amount_cents) / 100:.2f}"
        facts = {
            "office": self._office.name,
            "number": number_of(mediation, self._office.series),
            "copy": self._label(f"{self._copy.value}_copy"),
            "basis": self._label("basis_text"),
            "host": mediation.mediator_name or account.host_display_name or account.host,
            "consumer": self._party(account, mediation.consumer_name, mediation.consumer_address, (LegRole.CONSUMER,)),
            "merchant": self._party(
                account, mediation.merchant_name, mediation.merchant_address, (LegRole.MERCHANT, LegRole.MARKET_OFFICE)
            ),
            "call": mediation.call_id,
            "matter": mediation.matter,
            "begun": self._moment(mediation.opened_at),
            "ended": " ".join(filter(None, (self._moment(mediation.ended_at), end))),
            "agreement": mediation.agreement,
            "amount": amount,
            "due_on": None if mediation.due_on is None else mediation.due_on.isoformat(),
            "result": f"{result} {self._moment(mediation.result_at)}".strip(),
        }
        legs = {leg.id: leg for leg in account.legs}
        guests = [leg for leg in account.legs if leg.role != LegRole.HOST]
        return {
            "title": self._label("title"),
            "facts": [[self._label(name), value or self._label("none")] for name, value in facts.items()],
            "parts": [
                self._part("who", (2, 3, 3, 4), ("role", "phone", "joined", "left"), map(self._stay, account.legs)),
                self._part(
                    "consents",
                    (2, 3, 3, 3),
                    ("role", "takes_part", "may_be_recorded", "agrees"),
                    map(self._said, guests),
                ),
                self._part(
                    "events",
                    (4, 2, 7),
                    ("time", "by", "what"),
                    (self._event(event, legs) for event in account.events),
                ),
                self._part(
                    "recordings",
                    (3, 2, 7),
                    ("who", "seconds", "file"),
                    (self._recording(kept.file, account) for kept in account.recordings),
                ),
            ],
            "times": f"{self._label('times')} {self._timezone.key}",
            "signature": self._label("signature"),
            "date": self._label("date"),
        }

    def _part(self, title: str, widths: tuple[int, ...], header: tuple[str, ...], rows: Any) -> dict[str, Any]:
        return {
            "title": self._label(title),
            "widths": list(widths),
            "header": [self._label(name) for name in header],
            "rows": [list(row) for row in rows],
            "empty": self._label("none"),
        }

    def _party(self, account: Account, name: str | None, address: str | None, roles: tuple[LegRole, ...]) -> str:
        numbers = [self._number(leg) for leg in account.legs if leg.role in roles]
        return " ".join(dict.fromkeys(filter(None, (name, *numbers, address))))

    def _stay(self, leg: MediationLeg) -> tuple[str, ...]:
        left = self._moment(leg.left_at)
        if leg.failure is not None:
            left = f"{self._word(words.FAILURES, LegFailure(leg.failure))} {left}"
        elif leg.last_word == RoomWord.QUEUED:
            left = f"{left} {self._word(words.HAPPENED, RoomWord.QUEUED)}"
        return self._role(leg), leg.interface or self._number(leg), self._moment(leg.joined_at), left

    def _said(self, leg: MediationLeg) -> tuple[str, ...]:
        answers = (
            (leg.takes_part, leg.takes_part_at),
            (leg.may_be_recorded, leg.may_be_recorded_at),
            (leg.agrees, leg.agrees_at),
        )
        return self._role(leg), *(
            "" if said is None else f"{self._label('yes' if said else 'no')} {self._moment(at)}" for said, at in answers
        )

    def _event(self, event: MediationEvent, legs: Mapping[int, MediationLeg]) -> tuple[str, ...]:
        happened = next(kind(event.what) for kind in (HostWord, LegCommand, RoomWord) if event.what in set(kind))
        text = self._word(words.HAPPENED, happened)
        if event.what in (HostWord.RECORDING_STOPPED, HostWord.RECORDING_GOES_ON) and event.leg_id is ROOM:
            text += f" · {self._label('room')}"
        if event.leg_id is not None:
            text += f" · {self._role(legs[event.leg_id])}"
        if event.detail is not None:
            text += f" · {self._detail(event.what, event.detail)}"
        by = {PBX_ACTOR: "PBX", BACKEND_ACTOR: "—"}.get(event.actor, event.actor)
        return self._moment(event.at), by, text

    def _recording(self, file: AudioFile, account: Account) -> tuple[str, ...]:
        leg = leg_of(file.path, account.legs)
        lines = [file.path, f"SHA-256 {file.sha256[:32]}", file.sha256[32:]]
        if file.refused_at is not None:
            stopped_at = stop_of(file, leg, account.refusals)
            is_late = stopped_at is not None and stopped_at - file.refused_at > AT_ONCE
            label = "past_refusal" if stopped_at is None else "stopped_late" if is_late else "until_refusal"
            refused, stopped = self._moment(file.refused_at), self._moment(stopped_at)
            lines.append(self._label(label).format(refused=refused, stopped=stopped))
        if file.certificate_id is not None:
            lines.append(f"{self._label('deleted')} {file.certificate_id}")
        who = self._label("room") if leg is None else self._role(leg)
        return who, f"{file.duration.total_seconds():.1f}", "\n".join(lines)

    def _detail(self, what: str, detail: str) -> str:
        match what:
            case HostWord.NOT_REACHED:
                return self._word(words.FAILURES, LegFailure(detail))
            case HostWord.RESULT:
                return self._word(words.RESULTS, Result(detail))
            case HostWord.ENDED:
                return self._word(words.ENDS, EndReason(detail))
            case HostWord.RECORDING_GOES_ON:
                return self._word(words.STOP_FAILURES, StopFailure(detail))
            case HostWord.ANSWER:
                return self._label(detail)
            case HostWord.CONSENT:
                takes_part, may_be_recorded = detail.split(",")
                return (
                    f"{self._label('takes_part')} {self._label(takes_part)}, "
                    f"{self._label('may_be_recorded')} {self._label(may_be_recorded)}"
                )
            case HostWord.APPOINTED:
                return self._moment(datetime.fromisoformat(detail))
            case _:
                return detail

    def _role(self, leg: MediationLeg) -> str:
        return self._word(words.ROLES, LegRole(leg.role))

    def _number(self, leg: MediationLeg) -> str:
        if self._copy is Copy.FILE:
            return leg.number or ""
        return mask(leg.number, area_code=self._area_code) or ""

    def _label(self, name: str) -> str:
        return LABELS[name][self._index]

    def _word(self, of: Mapping[Any, Words], key: Any) -> str:
        return of[key][self._index]

    def _moment(self, at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(self._timezone):%Y-%m-%d %H:%M:%S}"
