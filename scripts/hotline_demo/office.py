"""The matters of the demo: units and their people, what callers wanted and how far it is, an instruction, a patrol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hotline_demo.backend import SUPERVISOR, Backend, BackendError

ADMIN, DIRECTOR, OFFICERS = "root", "sun", ("zhao", "zhou")
UNITS = (("武进分局", "branch"), ("新北分局", "branch"), ("湖塘市场监管所", "station"))
"""The first is that of the officers."""
DUTY_PHONES = {"13905191001": "赵敏", "13905191002": "周强"}
"""Of the first unit, in the order of ringing."""
MERCHANTS = ("苏果超市武进店", "乐动健身", "大润发常州店", "永辉超市新北店")
SUPPLIERS = {f"1390519200{place}": (place, name) for place, name in enumerate(("吴敏", "郑华", "钱进", "孙丽"), 1)}
"""By number, each at the merchant of that place."""

MILK: dict[str, Any] = {
    "kind": "complaint",
    "fields": {
        "title": "奶粉过期",
        "facts": "11月20日购买的两罐奶粉已过期一个月，店员不肯退货。",
        "respondent": "苏果超市武进店",
        "merchant_id": 1,
        "requests": ["refund", "compensate"],
        "goods_code": "general_food",
        "problem_code": "food_safety",
        "amount_in_dispute_cents": 39_600,
        "ill": 1,
    },
    "party": {"name": "张三", "phone": "13812345678", "address": "常州市武进区湖塘镇1号"},
}
GYM: dict[str, Any] = {
    "kind": "complaint",
    "fields": {
        "title": "健身房闭店不退卡",
        "facts": "办理年卡三个月后门店关闭，负责人电话无人接听。",
        "respondent": "乐动健身",
        "merchant_id": 2,
        "requests": ["refund"],
        "service_code": "prepaid_card",
        "amount_in_dispute_cents": 288_000,
    },
    "party": {"name": "李四", "phone": "13912340001", "address": "常州市新北区太湖路8号"},
}
STALL: dict[str, Any] = {
    "kind": "report",
    "fields": {"title": "无证经营熟食", "facts": "菜场门口流动摊位无证销售熟食。", "respondent": "湖塘菜场流动摊位"},
    "party": {"is_anonymous": True},
}
RETURNS: dict[str, Any] = {
    "kind": "enquiry",
    "fields": {"title": "网购退货期限", "facts": "询问网购七日无理由退货从哪天起算。"},
    "party": {"name": "王五", "phone": "13813570002"},
}
PHONE: dict[str, Any] = {
    "kind": "complaint",
    "fields": {
        "title": "手机维修后再次黑屏",
        "facts": "维修屏幕后一周再次黑屏，要求重新维修。",
        "respondent": "大润发常州店",
        "merchant_id": 3,
        "requests": ["repair"],
        "goods_code": "telecom_product",
        "problem_code": "after_sales",
    },
    "party": {"name": "赵六", "phone": "13701230003", "address": "常州市天宁区和平路3号"},
}
EXPORT = (
    "登记编号,类型,接收方式,企业名称,诉求内容,问题类别,具体问题,处理机构,登记时间\n"
    "1320400-101,投诉,互联网,苏果超市武进店,酸奶胀包变质,质量,酸奶变质,武进分局,{day} 09:30:00\n"
    "1320400-102,举报,互联网,湖塘菜场流动摊位,销售无标签散装白酒,食品安全,无标签白酒,武进分局,{day} 10:05:00\n"
    "1320400-103,咨询,互联网,,电器三包期限如何计算,,三包期限,,{day} 10:40:00\n"
    "1320400-104,未知,互联网,大润发常州店,空调安装收费,售后服务,安装收费,新北分局,{day} 11:15:00\n"
).format
"""Of the national platform, received on a day; its last row has a kind that is none."""


@dataclass
class Office:
    """What is asked of the backend, and refused nothing."""

    backend: Backend
    _keys: int = field(default=0, init=False)

    async def ask(self, method: str, path: str, body: Any = None, *, user: str = SUPERVISOR, version: int = 0) -> Any:
        """What is answered; with a version, that of what is changed. Raises BackendError for a refusal."""
        self._keys += 1
        headers = {"Idempotency-Key": f"demo-office-{self._keys:04}"}
        if version:
            headers["If-Match"] = f'"{version}"'
        answer = await self.backend.ask(method, f"/api/v1{path}", body, user=user, headers=headers)
        if answer.status >= 300:
            raise BackendError(f"{method} {path}: {answer.body}")
        return answer.body

    async def register(self, matter: Mapping[str, Any], call: Mapping[str, Any] | None = None) -> str:
        """The number of a matter that was told in a call, or by a visitor."""
        told = {"channel": "visit"} if call is None else {"call": {"pbx": call["pbx"], "call_id": call["call_id"]}}
        made = await self.ask("POST", "/tickets", {**matter, **told, "register_now": True})
        return str(made["number"])

    async def step(self, number: str, step: str, *, user: str = OFFICERS[0], **given: Any) -> None:
        """The next step of a matter."""
        version = (await self.ask("GET", f"/tickets/{number}"))["version"]
        await self.ask("POST", f"/tickets/{number}/events/{step}", given, user=user, version=version)


async def open_office(backend: Backend) -> Office:
    """An office with people, units, merchants and contacts, and no matter yet."""
    office = Office(backend)
    await backend.add_user(ADMIN, role="admin")
    await backend.add_user(DIRECTOR, role="director")
    for name in OFFICERS:
        await backend.add_user(name, role="officer")
    for name, kind in UNITS:
        await office.ask("POST", "/units", {"name": name, "kind": kind, "regions": []}, user=ADMIN)
    for name in OFFICERS:
        await office.ask("PUT", f"/units/1/members/{name}", user=ADMIN)
    for position, (number, person) in enumerate(DUTY_PHONES.items(), 1):
        contact = {"person": person, "number": number, "hours": "always"}
        await office.ask("PUT", f"/units/1/contacts/{position}", contact, user=ADMIN)
    for name in MERCHANTS:
        await office.ask("POST", "/merchants", {"name": name})
    for number, (merchant, name) in SUPPLIERS.items():
        supplier: dict[str, Any] = {
            "merchant_id": merchant,
            "name": name,
            "role": "supplier_agent",
            "numbers": [number],
        }
        made = await office.ask("POST", "/contacts", supplier | {"goods": ["general_food"], "brands": ["光明"]})
        if merchant % 2:
            await office.ask("POST", f"/contacts/{made['id']}/verification", version=made["version"])
    head = {"unit_id": 1, "name": "王强", "role": "head", "numbers": ["13905191003"], "region": "武进区"}
    await office.ask("POST", "/contacts", head)
    return office


async def work(office: Office, day: str) -> str:
    """Matters of the day, of its calls where there were any; the number of the one with most to see."""
    calls = (await office.ask("GET", f"/calls?day={day}&direction=inbound&limit=200"))["items"]
    answered = [call for call in calls if call["outcome"] == "answered"]
    of_call = iter(answered)
    milk = await office.register(MILK, next(of_call, None))
    gym = await office.register(GYM, next(of_call, None))
    await office.register(STALL, next(of_call, None))
    if wrong := next(of_call, None):
        path = f"/calls/{wrong['pbx']}/{wrong['call_id']}/disposition"
        await office.ask("PUT", path, {"reason": "wrong_number"})
    enquiry, phone = await office.register(RETURNS), await office.register(PHONE)
    await office.step(enquiry, "answer", user=SUPERVISOR, feedback="自签收商品的次日起七日内。")
    for number, unit in ((milk, 1), (phone, 1), (gym, 2)):
        await office.step(number, "forward", user=SUPERVISOR, unit_id=unit)
    told = {"to": "complainant", "by": "call", "at": datetime.now(UTC).isoformat(), "proof": "已电话告知"}
    for number in (milk, phone):
        await office.step(number, "accept", notice=told)
    await office.step(phone, "settle", how_settled="mediated", agreement="商家免费重新维修，延保三个月。")
    await office.ask("POST", f"/tickets/{milk}/notes", {"note": "商家同意先行下架同批次奶粉。"}, user=OFFICERS[0])
    return milk


async def act(office: Office, milk: str) -> int:
    """On the spot: an instruction with its patrol, a flag that waits for a signature; the id of the patrol."""
    flag, *_ = (await office.ask("GET", "/case-flags"))["items"]
    proposal = {"decision": "filed", "case_number": "常市监案〔2026〕7号", "officers": ["赵敏", "周强"]}
    path = f"/case-flags/{flag['id']}/proposal"
    await office.ask("PUT", path, proposal, user=OFFICERS[0], version=flag["version"])
    order = {"ticket": milk, "unit_id": 1, "priority": "P2", "text": "立即到苏果超市武进店下架过期奶粉并抽检。"}
    instruction = await office.ask("POST", "/instructions", order)
    patrol: dict[str, Any] = {"template": "six-checks", "instruction_id": instruction["id"], "officers": list(OFFICERS)}
    patrol |= {"merchant_id": 1, "place": "湖塘镇人民路12号"}
    made = await office.ask("POST", "/inspections", patrol, user=OFFICERS[0])
    for item, result in ((1, "pass"), (2, "pass"), (3, "fail")):
        found = {"item": item, "result": result, "answered_at": datetime.now(UTC).isoformat()}
        if result == "fail":
            found |= {"note": "货架上有三罐过期奶粉", "no_evidence_reason": "现场拍照后补"}
        await office.ask("POST", f"/inspections/{made['id']}/answers", found, user=OFFICERS[0])
    return int(made["id"])


async def broadcast(office: Office) -> int:
    """To all suppliers of milk powder; its id."""
    said = {"kind": "real", "subject": "问题奶粉下架", "spoken_text": "请立即下架批号为一二三的光明奶粉。"}
    started = await office.ask("POST", "/broadcasts", said | {"filter": {"brands": ["光明"]}})
    return int(started["broadcast"]["id"])
