"""What stands in an export of the national platform: its headings, and the words of its cells. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from callcenter.casework.tickets.rules import LONGEST_FACTS, TicketKind


class PlatformField(StrEnum):
    """A column of the export. A closed list."""

    PLATFORM_NUMBER = "platform_number"
    KIND = "kind"
    INTAKE = "intake"
    """How it came to the platform, in its words."""
    MERCHANT_NAME = "merchant_name"
    MERCHANT_ADDRESS = "merchant_address"
    FACTS = "facts"
    PROBLEM = "problem"
    PLACE = "place"
    """Where it happened."""
    TITLE = "title"
    DECISION = "decision"
    """Whether it was accepted, in the platform's words."""
    OFFICE = "office"
    DEPARTMENT = "department"
    FEEDBACK = "feedback"
    GOODS = "goods"
    SERVICE = "service"
    RECEIVED_AT = "received_at"


HEADINGS: Mapping[str, PlatformField] = {
    "登记编号": PlatformField.PLATFORM_NUMBER,
    "类型": PlatformField.KIND,
    "接收方式": PlatformField.INTAKE,
    "企业名称": PlatformField.MERCHANT_NAME,
    "企业地址": PlatformField.MERCHANT_ADDRESS,
    "诉求内容": PlatformField.FACTS,
    "问题类别": PlatformField.PROBLEM,
    "事发地": PlatformField.PLACE,
    "具体问题": PlatformField.TITLE,
    "初查受理状态": PlatformField.DECISION,
    "处理机构": PlatformField.OFFICE,
    "处理部门": PlatformField.DEPARTMENT,
    "反馈内容": PlatformField.FEEDBACK,
    # Not in the exports that were seen; a centre that can add columns adds these.
    "商品类别": PlatformField.GOODS,
    "服务类别": PlatformField.SERVICE,
    "登记时间": PlatformField.RECEIVED_AT,
}
"""Read in a public program that takes such an export in; further columns are passed over."""

NEEDED = (PlatformField.PLATFORM_NUMBER, PlatformField.KIND, PlatformField.FACTS)
"""Without these columns it is no such export, and without these cells a row says nothing."""

LONGEST: Mapping[PlatformField, int] = {
    **dict.fromkeys(PlatformField, 200),
    PlatformField.MERCHANT_ADDRESS: 300,
    PlatformField.FACTS: LONGEST_FACTS,
    PlatformField.TITLE: LONGEST_FACTS,
    PlatformField.FEEDBACK: LONGEST_FACTS,
}
"""Characters."""

OF_SEVERAL_LINES = frozenset({PlatformField.FACTS, PlatformField.FEEDBACK})

KINDS: Mapping[str, TicketKind] = {
    "咨询": TicketKind.ENQUIRY,
    "投诉": TicketKind.COMPLAINT,
    "申诉": TicketKind.COMPLAINT,
    "举报": TicketKind.REPORT,
    "建议": TicketKind.SUGGESTION,
    "意见建议": TicketKind.SUGGESTION,
    "表扬": TicketKind.PRAISE,
}
"""申诉 is what a complaint was called until 2014."""
