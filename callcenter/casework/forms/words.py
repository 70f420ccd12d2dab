"""The words of the forms for what the register keeps as codes, days and amounts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from callcenter.casework.identity import IdType
from callcenter.casework.tickets.rules import Remedy

REMEDIES: Mapping[str, str] = {
    Remedy.REPAIR: "修理",
    Remedy.REDO: "重作",
    Remedy.REPLACE: "更换",
    Remedy.RETURN: "退货",
    Remedy.MAKE_UP: "补足数量",
    Remedy.REFUND: "退还价款",
    Remedy.COMPENSATE: "赔偿损失",
    Remedy.APOLOGY: "赔礼道歉",
    Remedy.OTHER: "其他",
}
DOCUMENTS: Mapping[str, str] = {
    IdType.ID_CARD: "居民身份证",
    IdType.PASSPORT: "护照",
    IdType.HK_MACAO_PERMIT: "港澳居民来往内地通行证",
    IdType.TAIWAN_PERMIT: "台湾居民来往大陆通行证",
    IdType.FOREIGNER_PERMIT: "外国人永久居留身份证",
    IdType.OTHER: "其他证件",
}


def day_of(at: datetime, timezone: ZoneInfo) -> str:
    """The day of a moment, in words."""
    return chinese_day(at.astimezone(timezone).date())


def chinese_day(day: date) -> str:
    """As forms write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def yuan(cents: int | None) -> str | None:
    """An amount as forms write it."""
    return None if cents is None else f"{cents // 100}.{cents % 100:02d}"


def consent(said: bool | None) -> str | None:
    """What somebody said, in words; None where they said nothing."""
    return None if said is None else "同意" if said else "不同意"
