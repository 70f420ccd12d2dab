"""The words of the printed record of a patrol, in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.casework.inspections.rules import ItemResult
from callcenter.languages import Words

LABELS: Mapping[str, Words] = {
    "title": ("巡查记录", "Record of a patrol"),
    "draft": ("草稿", "DRAFT"),
    "replaced": ("已更正", "REPLACED"),
    "number": ("巡查编号", "Patrol"),
    "template": ("检查表", "Template"),
    "version": ("{name}（{code} 第 {version} 版）", "{name} ({code}, version {version})"),
    "unit": ("承办单位", "Unit"),
    "merchant": ("经营者", "Merchant"),
    "unidentified": ("未能确认：{reason}", "not known: {reason}"),
    "place": ("地点", "Place"),
    "officers": ("执法人员", "Officers"),
    "ticket": ("诉求编号", "Matter"),
    "instruction": ("指令编号", "Instruction"),
    "started": ("开始时间", "Started"),
    "ended": ("结束时间", "Ended"),
    "finished": ("完成", "Finished"),
    "results": ("检查结果", "Results"),
    "counts": (
        "合格 {passed} 项，不合格 {failed} 项，不适用 {not_applicable} 项，未检查 {unanswered} 项",
        "{passed} passed, {failed} failed, {not_applicable} not applicable, {unanswered} not looked at",
    ),
    "offence": ("涉嫌违法情况", "Offence"),
    "no_offence": ("未发现", "none found"),
    "replaced_by": ("更正记录", "Replaced by"),
    "patrol": ("巡查 {id}", "patrol {id}"),
    "checks": ("检查情况", "What was looked at"),
    "item": ("项", "No."),
    "check": ("检查项目", "Check"),
    "look": ("查看内容", "Look for"),
    "basis": ("依据", "Basis"),
    "result": ("结果", "Result"),
    "found": ("情况与证据", "Found, and evidence"),
    "no_evidence": ("无证据的原因：{reason}", "no evidence: {reason}"),
    "file": ("附件：{name}", "file: {name}"),
    "not_answered": ("未检查", "not looked at"),
    "corrected": ("所更正的记录", "Records that this one replaces"),
    "reason": ("更正原因", "Why it was corrected"),
    "none": ("无", "none"),
    "times": ("时间均为", "All times are of"),
    "signature": ("{name}（签名）", "Signed, {name}"),
    "merchant_signature": ("经营者（签名）", "Signed, the merchant"),
    "date": ("日期", "Date"),
}

RESULTS: Mapping[ItemResult, Words] = {
    ItemResult.PASSED: ("合格", "pass"),
    ItemResult.FAILED: ("不合格", "FAIL"),
    ItemResult.NOT_APPLICABLE: ("不适用", "n/a"),
}
