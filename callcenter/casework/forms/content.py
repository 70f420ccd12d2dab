"""What each form says, in its words. Pure.

Telephone numbers, addresses and numbers of documents are masked on every form. Of the person a form names the name
where the form is for them or for both sides; nothing of a reporter ever stands in what goes to the respondent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.casework.forms.law import END_GROUNDS, ORDER_20, ORDER_121, OTHER_WAYS, REFUSAL_GROUNDS
from callcenter.casework.forms.rules import ORDER_121_FROM, RULES, Form, Occasion, Reader
from callcenter.casework.forms.words import DOCUMENTS, REMEDIES, chinese_day, consent, day_of, yuan
from callcenter.casework.masks import mask_address, mask_name, mask_phone, mask_text
from callcenter.casework.tickets.rules import Party, PartyRole
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.words import CHANNELS

_NUMERALS = "〇一二三四五六七八"
_BLANK = "＿＿＿＿＿＿＿＿"
_NONE = "—"


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """What the forms are made of."""

    number: str
    channel: str
    received_at: datetime
    title: str | None
    facts: str | None
    requests: tuple[str, ...]
    amount_in_dispute_cents: int | None
    amount_recovered_cents: int | None
    respondent: str | None
    """The merchant that was chosen, else as it was told."""
    parties: tuple[Party, ...]
    unit: str | None
    agreement: str | None
    feedback: str | None
    report_by: datetime | None
    """When the unit's own time limit is over."""
    occasion: Occasion


@dataclass(frozen=True, kw_only=True, slots=True)
class Print:
    """Who prints, where and when; without a number it is a draft."""

    office: str
    timezone: ZoneInfo
    area_code: str
    at: datetime
    number: str | None


Content = dict[str, str | list[str] | list[list[str]]]


def write_form(form: Form, matter: Matter, printed: Print) -> Content:
    """What the page is given."""
    rule = RULES[form]
    content = _Writer(form, matter, printed).write()
    return {
        "office": printed.office or _BLANK,
        "title": rule.title,
        "number": printed.number or "（草稿，未编号）",
        "mark": "" if printed.number else "草　稿",
        "addressee": "",
        "paragraphs": [],
        "rows": [],
        "closing": [],
        "signatures": [],
        "seal": "（印章）",
        "date": day_of(printed.at, printed.timezone),
        "footer": f"工单 {matter.number}",
        **content,
    }


class _Writer:
    """One form of one matter."""

    def __init__(self, form: Form, matter: Matter, printed: Print) -> None:
        self._form, self._matter, self._printed = form, matter, printed
        reporters = [party for party in matter.parties if party.role is PartyRole.REPORTER]
        others = [party for party in matter.parties if party.role is not PartyRole.REPORTER]
        is_report = RULES[form].kinds == RULES[Form.REPORT].kinds
        self._person = next(iter(reporters if is_report else others), None)
        self._law = ORDER_121 if self._is_new_law() else ORDER_20

    def write(self) -> Content:
        writers: dict[Form, Callable[[], Content]] = {
            Form.COMPLAINT: self._registration,
            Form.REPORT: self._registration,
            Form.FORWARDING: self._forwarding,
            Form.IDENTITY: self._identity,
            Form.ACCEPTANCE: self._acceptance,
            Form.REFUSAL: self._refusal,
            Form.MEDIATION: self._mediation,
            Form.END: self._end,
            Form.AGREEMENT: self._agreement,
            Form.RESULT: self._result,
        }
        return writers[self._form]()

    def _registration(self) -> Content:
        matter, party, is_report = self._matter, self._person, self._form is Form.REPORT
        who = "举报人" if is_report else "投诉人"
        name = None if party is None else mask_name(party.name) if is_report else party.name
        document = None
        if party is not None and party.id_type is not None:
            document = f"{DOCUMENTS[party.id_type]} {party.id_number_masked}"
        phone = None if party is None else mask_phone(party.phone, area_code=self._printed.area_code)
        rows: list[tuple[str, str | None]] = [
            ("登记单位", self._printed.office),
            ("接收方式、时间", f"{CHANNELS[matter.channel]}　{self._moment(matter.received_at)}"),
            (f"{who}姓名", "匿名" if party is not None and party.is_anonymous else name),
            (f"{who}电话", phone),
            (f"{who}地址", None if party is None else mask_address(party.address)),
            (f"{who}证件", document),
            ("被举报人" if is_report else "被投诉人", self._text(matter.respondent)),
            ("违法线索" if is_report else "事实", self._text(matter.facts)),
        ]
        if not is_report:
            rows += [
                ("争议金额（元）", yuan(matter.amount_in_dispute_cents)),
                ("投诉请求", "、".join(REMEDIES[one] for one in matter.requests)),
                ("是否同意公示投诉信息", consent(None if party is None else party.may_publish)),
                ("是否同意委托调解", consent(None if party is None else party.may_entrust)),
            ]
        return {
            "rows": [[label, value or _NONE] for label, value in rows],
            "closing": ["本表由受理人员按当事人陈述登记；非现场提出的，无需签名。"],
            "signatures": [f"{who}（签名）：", "登记人（签名）："],
        }

    def _forwarding(self) -> Content:
        matter = self._matter
        by = "法定期限内" if matter.report_by is None else f"{self._last_day(matter.report_by)}前"
        cites = "第四十一条" if self._is_new_law() else ""
        return {
            "addressee": f"{matter.unit or _BLANK}：",
            "paragraphs": [
                f"现将工单 {matter.number}（{self._moment(matter.received_at)}接收）"
                f"依据{self._law}{cites}分送你单位处理。"
            ],
            "rows": [
                ["被投诉（举报）人", self._text(matter.respondent) or _NONE],
                ["事项", self._text(matter.title) or self._text(matter.facts) or _NONE],
                ["反馈期限", by],
            ],
            "closing": [
                "请依法处理，并于反馈期限内将处理情况报送本中心；不具有处理权限的，请及时退回本中心，不得自行再行分送。"
            ],
        }

    def _identity(self) -> Content:
        due_on = date.fromisoformat(self._matter.occasion.body["due_on"])
        return self._letter(
            f"您于{self._moment(self._matter.received_at)}提出的投诉（{self._matter.number}）收悉。",
            f"需要您补充：{self._of_step('reason')}",
            f"请于{chinese_day(due_on)}前提供。逾期未提供，或者材料虚假、拒绝核验身份的，依据{self._law}，本机关可以不予受理。",
        )

    def _acceptance(self) -> Content:
        cites = "第十五条" if self._is_new_law() else ""
        return self._letter(
            f"您于{self._moment(self._matter.received_at)}提出的对{self._respondent()}的投诉（{self._matter.number}），"
            f"经审查符合受理条件。",
            f"依据{self._law}{cites}，本机关于{self._moment(self._matter.occasion.at)}决定受理，并将组织调解。",
        )

    def _refusal(self) -> Content:
        ground = int(self._matter.occasion.body["ground"])
        is_new = self._is_new_law()
        cites = f"第十六条第（{_NUMERALS[ground]}）项：{REFUSAL_GROUNDS[ground]}" if is_new else ""
        return self._letter(
            f"您于{self._moment(self._matter.received_at)}提出的对{self._respondent()}的投诉（{self._matter.number}），"
            f"依据{self._law}{cites}，本机关决定不予受理。",
            f"理由：{self._of_step('reason')}",
            f"您{OTHER_WAYS}",
        )

    def _mediation(self) -> Content:
        ways = "（经双方同意，可以采用电话、音视频方式）" if self._is_new_law() else ""
        return {
            "addressee": f"{self._name()}、{self._respondent()}：",
            "paragraphs": [
                f"{self._name()}与{self._respondent()}的消费者权益争议（{self._matter.number}），本机关已于"
                f"{self._moment(self._matter.occasion.at)}受理。依据{self._law}，现通知双方参加调解。"
            ],
            "rows": [
                ["争议事项", self._text(self._matter.title) or _NONE],
                ["时间", "＿＿＿＿年＿＿月＿＿日＿＿时＿＿分"],
                ["地点或者方式", f"{_BLANK}{ways}"],
            ],
            "closing": [
                "调解以双方自愿为前提。请携带身份证明及与争议有关的证据；认为调解人员应当回避的，可以申请回避。"
            ],
        }

    def _end(self) -> Content:
        ground = int(self._matter.occasion.body["ground"])
        cites = f"第二十三条第一款第（{_NUMERALS[ground]}）项：{END_GROUNDS[ground]}" if self._is_new_law() else ""
        return {
            "addressee": f"{self._name()}、{self._respondent()}：",
            "paragraphs": [
                f"{self._name()}与{self._respondent()}的消费者权益争议（{self._matter.number}），依据{self._law}{cites}，"
                f"本机关于{self._moment(self._matter.occasion.at)}决定终止调解。",
                f"理由：{self._of_step('reason')}",
                f"投诉人{OTHER_WAYS}",
            ],
        }

    def _agreement(self) -> Content:
        return {
            "rows": [
                ["投诉人", self._name()],
                ["被投诉人", self._respondent()],
                ["争议事项", self._text(self._matter.title) or _NONE],
                ["调解协议", self._text(self._matter.agreement) or _NONE],
                ["金额（元）", yuan(self._matter.amount_recovered_cents) or _NONE],
                ["达成日期", day_of(self._matter.occasion.at, self._printed.timezone)],
            ],
            "closing": [f"双方在本机关主持下，依据{self._law}自愿达成以上协议，应当自觉履行。"],
            "signatures": ["投诉人（签名）：", "被投诉人（签章）：", "调解人员（签名）："],
        }

    def _result(self) -> Content:
        is_filed = self._matter.occasion.step == TicketStep.FILE
        result = "本机关已决定立案。" if is_filed else "本机关决定不予立案。"
        cites = "第三十六条" if self._is_new_law() else ""
        paragraphs = [
            f"您于{self._moment(self._matter.received_at)}提出的举报（{self._matter.number}），经核查，{result}",
            f"依据{self._law}{cites}，现将处理结果告知您。",
        ]
        if self._matter.feedback is not None:
            paragraphs.insert(1, f"处理情况：{self._text(self._matter.feedback)}")
        return self._letter(*paragraphs)

    def _letter(self, *paragraphs: str) -> Content:
        return {"addressee": f"{self._name()}：", "paragraphs": list(paragraphs)}

    def _name(self) -> str:
        """Whom the form names as the person, in what goes to both sides as far as they let us."""
        party = self._person
        role = "举报人" if RULES[self._form].kinds == RULES[Form.REPORT].kinds else "投诉人"
        if party is None or party.is_anonymous or party.name is None:
            return role
        is_kept_back = RULES[self._form].reader is Reader.BOTH and party.is_confidential
        return (mask_name(party.name) if is_kept_back else party.name) or role

    def _respondent(self) -> str:
        return self._text(self._matter.respondent) or "被投诉人"

    def _of_step(self, name: str) -> str:
        return self._text(self._matter.occasion.body.get(name)) or _NONE

    def _text(self, text: str | None) -> str | None:
        """Free text without numbers, and for both sides without what is known of any person but their own names."""
        masked = mask_text(text, area_code=self._printed.area_code)
        if masked is None or RULES[self._form].reader is not Reader.BOTH:
            return masked
        shown = None if self._person is None or self._person.is_confidential else self._person.name
        for party in self._matter.parties:
            known = [party.address, party.phone, None if party.name == shown else party.name]
            for secret in filter(None, known):
                masked = masked.replace(secret, "＊＊")
        return masked

    def _is_new_law(self) -> bool:
        return self._matter.received_at.astimezone(self._printed.timezone).date() >= ORDER_121_FROM

    def _moment(self, at: datetime) -> str:
        return day_of(at, self._printed.timezone)

    def _last_day(self, due_at: datetime) -> str:
        """A time limit is over at midnight: the day before is its last."""
        return day_of(due_at - timedelta(seconds=1), self._printed.timezone)
