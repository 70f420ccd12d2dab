"""The words of reports, in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.analysis.periods import PeriodKind
from callcenter.analysis.reports.cells import Basis, ColumnKey
from callcenter.languages import Words

TOTAL_WORDS: Words = ("合计", "Total")
OTHERS_WORDS: Words = ("其他", "All others")
UNKNOWN_WORDS: Words = ("未登记", "Not registered")

SECTIONS: Mapping[int, Words] = {
    1: ("总体情况", "Totals"),
    2: ("来源渠道", "Channels"),
    3: ("受理、办理与调解", "Decisions, timeliness, settlement"),
    4: ("诉转案与快速反应", "Complaint to case, rapid response"),
    5: ("投诉问题", "Problems complained of"),
    6: ("商品与服务", "Goods and services"),
    7: ("品牌与经营者", "Brands and merchants"),
    8: ("举报违法行为", "Offences reported"),
    9: ("地区与承办单位", "Regions and units"),
    10: ("热点分析与建议", "Hot spots, causes, advice"),
    11: ("更正", "Corrections"),
    12: ("指标说明", "Definitions"),
}

TITLE_OF_REPORT: Words = ("{period}消费者投诉举报分析报告", "Analysis of consumer complaints and reports, {period}")

LABELS: Mapping[str, Words] = {
    "period": ("报告期", "Period"),
    "cut_off": ("数据截止", "Cut-off"),
    "source": ("数据来源", "Source"),
    "snapshot": ("快照{id}（SHA-256 {sha256}…）", "snapshot {id} (SHA-256 {sha256}...)"),
    "versions": ("版本", "Versions"),
    "of_versions": ("报告第{version}版；指标第{metrics}版", "report {version}; figures {metrics}"),
    "state": ("状态", "State"),
    "draft": ("草稿", "Draft"),
    "submitted": ("待签发", "Waits for a signature"),
    "released": ("已签发", "Released"),
    "released_by": ("{name} {at}签发", "released by {name}, {at}"),
    "changes": ("本版更正", "Changed in this version"),
    "change_reason": ("原因：{reason}", "Reason: {reason}"),
    "change_paragraph": ("“{section}”已修改", "{section}: changed"),
    "draft_mark": ("草稿", "DRAFT"),
    "nothing": ("无。", "None."),
    "section": ("{number}　{title}", "{number}  {title}"),
    "sheet_notes": ("注", "Notes"),
}

PARAGRAPHS: Mapping[str, Words] = {
    "hot_spots": ("热点", "Hot spots"),
    "causes": ("原因", "Causes"),
    "advice": ("建议", "Advice"),
}

TITLES: Mapping[str, Words] = {
    "kinds": ("诉求总量", "Matters by kind"),
    "months": ("分月情况", "Month by month"),
    "days": ("逐日情况", "Day by day"),
    "channels": ("诉求来源渠道", "Matters by channel"),
    "complaint_channels": ("投诉来源渠道", "Complaints by channel"),
    "decisions": ("受理决定", "Decisions on complaints"),
    "outcomes": ("办结结果", "Outcomes of completed matters"),
    "handling": ("办理质量", "How matters were handled"),
    "recovered": ("挽回经济损失", "Losses recovered"),
    "flags": ("诉转案标记", "Flags for a case"),
    "triggers": ("诉转案触发情形", "Flags for a case by trigger"),
    "filed": ("诉转案立案", "Cases filed"),
    "limits": ("快速反应时限", "Time limits of rapid response"),
    "rapid": ("快速反应与三方通话", "Rapid response and three-way settlement"),
    "calls": ("来电", "Inbound calls"),
    "lost_calls": ("未接通来电的处理", "What became of the callers nobody answered"),
    "problems": ("投诉问题分类", "Complaints by problem"),
    "goods": ("投诉商品前十位", "Goods complained of, top 10"),
    "services": ("投诉服务前十位", "Services complained of, top 10"),
    "brands": ("投诉品牌前十位", "Brands complained of, top 10"),
    "merchants": ("被投诉经营者前十位", "Merchants complained of, top 10"),
    "merchant_ranks": ("被投诉经营者：分布与重复投诉人", "Merchants complained of: intervals and serial complainants"),
    "offences": ("举报违法行为分类", "Reports by offence"),
    "regions": ("投诉举报地区分布", "Complaints and reports by region"),
    "units": ("投诉举报承办单位", "Complaints and reports by unit"),
    "units_decided": ("承办单位按期受理率", "Units: decided in time"),
    "units_completed": ("承办单位按期办结率", "Units: completed in time"),
    "corrections": ("以往数据更正", "Corrections of earlier figures"),
    "definitions": ("指标说明", "What the figures mean"),
}

HEADINGS: Mapping[str, Words] = {
    "kind": ("类型", "Kind"),
    "month": ("月份", "Month"),
    "day": ("日期", "Day"),
    "channel": ("渠道", "Channel"),
    "decision": ("决定", "Decision"),
    "outcome": ("结果", "Outcome"),
    "figure": ("指标", "Figure"),
    "state": ("状态", "State"),
    "trigger": ("情形", "Trigger"),
    "call": ("来电结果", "Outcome of the call"),
    "caller": ("来电人", "Caller"),
    "problem": ("问题", "Problem"),
    "goods": ("商品", "Goods"),
    "service": ("服务", "Service"),
    "brand": ("品牌", "Brand"),
    "merchant": ("经营者", "Merchant"),
    "offence": ("违法行为", "Offence"),
    "region": ("地区", "Region"),
    "unit": ("承办单位", "Unit"),
    "matter": ("工单", "Matter"),
}

COLUMNS: Mapping[ColumnKey, Words] = {
    ColumnKey.RANK: ("位次", "Rank"),
    ColumnKey.COUNT: ("本期（件）", "Now"),
    ColumnKey.SHARE: ("占比", "Share"),
    ColumnKey.YEAR_COUNT: ("上年同期", "Year before"),
    ColumnKey.YEAR_CHANGE: ("同比", "YoY"),
    ColumnKey.BEFORE_COUNT: ("上期", "Period before"),
    ColumnKey.BEFORE_CHANGE: ("环比", "Change"),
    ColumnKey.PER_DAY: ("工作日均", "Per working day"),
    ColumnKey.PER_DAY_YEAR_CHANGE: ("日均同比", "YoY per day"),
    ColumnKey.PER_DAY_BEFORE_CHANGE: ("日均环比", "Change per day"),
    ColumnKey.RATIO: ("本期", "Now"),
    ColumnKey.YEAR_RATIO: ("上年同期", "Year before"),
    ColumnKey.BEFORE_RATIO: ("上期", "Period before"),
    ColumnKey.AMOUNT: ("本期", "Now"),
    ColumnKey.YEAR_AMOUNT: ("上年同期", "Year before"),
    ColumnKey.BEFORE_AMOUNT: ("上期", "Period before"),
    ColumnKey.INTERVAL: ("均值95%区间", "95 % interval of the mean"),
    ColumnKey.COMPLAINANTS: ("不同投诉人", "Different complainants"),
    ColumnKey.SERIAL: ("频繁投诉人占比", "Of serial complainants"),
    ColumnKey.ENQUIRIES: ("咨询", "Enquiries"),
    ColumnKey.COMPLAINTS: ("投诉", "Complaints"),
    ColumnKey.REPORTS: ("举报", "Reports"),
    ColumnKey.OTHERS: ("其他", "Others"),
    ColumnKey.FIELD: ("项目", "Field"),
    ColumnKey.OLD: ("原值", "As frozen"),
    ColumnKey.NEW: ("现值", "As it is"),
    ColumnKey.FORMULA: ("计算方法", "Formula"),
}

ALL_DAYS: Mapping[ColumnKey, Words] = {ColumnKey.PER_DAY: ("日均", "Per day")}
"""In the report of a holiday rates are for each of its days."""

BASES: Mapping[Basis, Words] = {
    Basis.RECEIVED: ("接收口径：{period}接收", "received {period}"),
    Basis.ENDED: (
        "办结口径：{period}作出决定、调解结束、办结或期限届满",
        "decided, settled, ended, completed, or over its time limit {period}",
    ),
    Basis.RAISED: ("{period}标记", "flags raised {period}"),
    Basis.CALLS: ("来电口径：{period}，依每日核对表", "inbound calls {period}, from the day sheets"),
    Basis.NONE: ("", ""),
}

PERIODS: Mapping[PeriodKind, Words] = {
    PeriodKind.MONTH: ("{first:%Y}年{first.month}月", "{first:%Y-%m}"),
    PeriodKind.QUARTER: ("{first:%Y}年第{quarter}季度", "quarter {quarter} of {first:%Y}"),
    PeriodKind.HALF_YEAR: ("{first:%Y}年{half}", "half {half_number} of {first:%Y}"),
    PeriodKind.YEAR: ("{first:%Y}年", "{first:%Y}"),
    PeriodKind.HOLIDAY: ("{first:%Y}年{name}", "{name} {first:%Y}"),
    PeriodKind.CUSTOM: ("{first:%Y}年{first.month}月{first.day}日至{last.month}月{last.day}日", "{first} to {last}"),
}
HALVES = ("上半年", "下半年")

NOTES: Mapping[str, Words] = {
    "small": ("※ 小样本：不足10件。", "※ small sample: of fewer than 10 cases."),
    "top": ("前{rows}行合计占{share}。", "The first {rows} rows together: {share}."),
    "no_year": ("无上年同期数据。", "There are no figures of the year before."),
    "no_holiday": ("上年与其他假期连休，不可比。", "In the year before it lay inside another holiday: not comparable."),
    "no_before": ("无上期数据。", "There are no figures of the period before."),
    "hidden": (
        "公开版：1至2件以“<3”表示，“*”为防止推算而隐去。",
        "Public: <3 for one or two, * so that no sum reveals them.",
    ),
    "no_sheets": ("缺{missing}天的核对表。", "Day sheets of {missing} days are missing."),
    "no_rows": ("无。", "None."),
    "settled": ("两种口径并列，分母见各栏。", "Both figures, each with its denominator."),
}

STEPS: Mapping[str, Words] = {
    "registered": ("登记", "Registered"),
    "decided": ("已作出受理决定或在核查", "Decided, or being checked"),
    "ended": ("有处理结果", "With an outcome"),
    "completed": ("办结", "Completed"),
}

STATES: Mapping[str, Words] = {
    "accepted": ("受理", "Accepted"),
    "refused": ("不予受理", "Not accepted"),
    "open": ("待处理", "Open"),
    "proposed": ("已拟办", "Proposed"),
    "filed": ("已立案", "Filed"),
    "not_filed": ("决定不立案", "Refused with a reason"),
    "withdrawn": ("已撤回", "Withdrawn"),
}

TRIGGERS: Mapping[str, Words] = {
    "food_health": ("食品安全等危害健康", "Food and health"),
    "farm_supplies": ("假冒伪劣农资", "Farm supplies"),
    "group_or_public": ("群体性或社会影响恶劣", "Group or public attention"),
    "offence_found": ("调解或巡查中发现违法线索", "Offence found"),
    "manual": ("人工标记", "By hand"),
}

CALLS: Mapping[str, Words] = {
    "answered": ("接通", "Answered"),
    "missed": ("未接通", "Not answered"),
    "unfinished": ("未结束", "Not over at the freeze"),
}

CALLERS: Mapping[str, Words] = {
    "reached": ("已回电", "Called back and reached"),
    "self_recovered": ("已自行打通", "Got through later"),
    "unreachable": ("无法联系（已签批）", "Cannot be reached, signed"),
    "wrong_number": ("空号，待查", "Wrong number"),
    "open": ("待回电", "Open"),
    "unknown": ("待回电（记录不全）", "Open, seen in part"),
}

FIGURES: Mapping[str, Words] = {
    "decided_in_time": ("按时初查率", "Decided in time"),
    "completed_in_time": ("按期办结率", "Completed in time"),
    "acceptance": ("受理率", "Accepted of decided"),
    "settled_of_concluded": ("调解成功率（占调解终结）", "Settled of concluded mediations"),
    "settled_of_accepted": ("调解成功率（占受理）", "Settled of accepted"),
    "recovered": ("挽回经济损失", "Losses recovered"),
    "filed_of_flagged": ("诉转案立案率（占标记）", "Filed of flagged"),
    "off_shelf_in_time": ("24小时下架及时率", "Off the shelf within 24 h"),
    "acknowledged_in_time": ("指令按时签收率", "Instructions acknowledged in time"),
    "three_way_share": ("三方通话当场解决占投诉举报", "Settled in a three-way call"),
    "rapid_and_three_way_share": ("快速反应与三方通话合计占投诉举报", "Rapid response and three-way together"),
}

DEFINITIONS: Mapping[str, Words] = {
    "received": (
        "期内接收的诉求，按截止时的状态统计；草稿、作废和并入其他工单的不计。",
        "Matters received in the period, as they stood at the cut-off; no drafts, void or merged ones.",
    ),
    "ended": (
        "期内作出受理决定、调解成功、终止调解或办结的诉求，及期内完成或届满的期限，不论何时接收。",
        "Matters decided, settled, ended or completed, and time limits that ended, in the period, whenever received.",
    ),
    "change": (
        "（本期－基期）÷基期；基期为0而本期不为0：新增；均为0：—。",
        "(now - base) / base; new where the base is 0, - where both are.",
    ),
    "share": ("以最大余额法取两位小数，合计为100.00%。", "Two decimals by largest remainder: the sum is 100.00 %."),
    "per_day": (
        "件数÷工作日数；节假日报告为件数÷天数。日均增减按未舍入的数计算。",
        "Matters / working days; of a holiday, / all days. Changes are of rates that were not rounded.",
    ),
    "rank": (
        "并列者同位次，其后位次顺延；列出位次不大于10的全部，件数相同的按代码排序。",
        "Ties share a rank and the next ones are left out; all of rank 10 or better, equal ones in order of code.",
    ),
    "interval": ("比率附95% Wilson区间；件数附95%泊松精确区间。", "Rates: 95 % Wilson; counts: exact 95 % Poisson."),
    "small": ("不足10件的数据标注※。", "Figures of fewer than 10 cases bear ※."),
    "decided_in_time": (
        "期内完成或届满的受理期限：按时的÷（按时的＋超期的）。",
        "Time limits to accept or refuse that ended in the period: met / met + breached.",
    ),
    "completed_in_time": (
        "期内完成或届满的调解、核查期限：按时的÷（按时的＋超期的）。",
        "Time limits to mediate, and to check a report, that ended in the period: met / met + breached.",
    ),
    "acceptance": (
        "受理÷（受理＋不予受理），均为期内决定。",
        "Accepted / accepted + not accepted, decided in the period.",
    ),
    "settled_of_concluded": (
        "期内调解成功÷（期内调解成功＋期内终止调解）。",
        "Settled in the period / settled + ended without a settlement in the period.",
    ),
    "settled_of_accepted": ("期内调解成功÷期内受理。", "Settled in the period / accepted in the period."),
    "recovered": (
        "期内调解成功的诉求所挽回的金额，未舍入金额之和。",
        "What was recovered for matters settled in the period: the sum of what was not rounded.",
    ),
    "filed_of_flagged": (
        "期内接收诉求的诉转案标记中已立案的÷全部标记。",
        "Flags of matters received: with a case / all.",
    ),
    "off_shelf_in_time": (
        "期内完成或届满的24小时下架期限：按时的÷（按时的＋超期的）。",
        "24-hour limits to take goods off the shelf that ended in the period: met / met + breached.",
    ),
    "acknowledged_in_time": (
        "期内完成或届满的指令签收期限：按时的÷（按时的＋超期的）。",
        "Time limits to acknowledge an instruction that ended in the period: met / met + breached.",
    ),
    "three_way_share": (
        "期内接收的投诉举报中首次通话当场解决的÷投诉举报。",
        "Complaints and reports received that were settled on the spot / all of them.",
    ),
    "rapid_and_three_way_share": (
        "（下达指令的＋当场解决的）÷期内接收的投诉举报。",
        "Those with an instruction to a unit, or settled on the spot / complaints and reports received.",
    ),
    "serial": (
        "同一人在一定期间内投诉超过标准件数的，其投诉占比。",
        "Complaints by people with more of them than the threshold of that day.",
    ),
    "correction": (
        "以往截止时间之后的修改，只在下一期列出，不改动已发布的数据。",
        "What was changed after an earlier cut-off: listed here, and nothing published is changed.",
    ),
}

TERMS: Mapping[str, Words] = {
    "received": ("接收口径", "Received"),
    "ended": ("办结口径", "Decided or ended"),
    "change": ("同比、环比", "Changes"),
    "share": ("占比", "Share"),
    "per_day": ("日均", "Per day"),
    "rank": ("位次", "Rank"),
    "interval": ("区间", "Intervals"),
    "small": ("小样本", "Small sample"),
    "serial": ("频繁投诉人占比", "Of serial complainants"),
    "correction": ("更正", "Corrections"),
}

FIELDS: Mapping[str, Words] = {}
"""Of corrections."""

FILE_HEADINGS: Mapping[str, Words] = {
    "percent": ("%", "%"),
    "numerator": ("分子", "numerator"),
    "denominator": ("分母", "denominator"),
    "low": ("下限%", "low %"),
    "high": ("上限%", "high %"),
    "least": ("下限", "low"),
    "most": ("上限", "high"),
}
"""Of columns into which one is divided in files."""
