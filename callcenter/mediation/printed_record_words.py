"""The words of the printed record, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from callcenter.languages import Words
from callcenter.mediation.recording_refusals import StopFailure
from callcenter.mediation.rules import EndReason, HostWord, LegCommand, LegFailure, LegRole, Result, RoomWord


class Copy(StrEnum):
    """For whom a record is printed."""

    FILE = "file"
    """The office's own, with whole numbers."""
    PARTY = "party"
    """For the sides, with masked numbers."""


LABELS: Mapping[str, Words] = {
    "title": ("电话调解记录", "Record of a mediation by telephone"),
    "office": ("调解机关", "Office"),
    "number": ("编号", "Number"),
    "copy": ("份别", "Copy"),
    "file_copy": ("存档件", "for the file"),
    "party_copy": ("当事人件（号码已脱敏）", "for the sides, numbers masked"),
    "basis": ("依据", "Basis"),
    "basis_text": (
        "国家市场监督管理总局令第121号第十八条（双方自愿）、第二十条（电话调解）、第二十四条（调解记录）",
        "SAMR Order 121, Art. 18 (both sides want it), Art. 20 (by telephone), Art. 24 (a record is kept)",
    ),
    "matter": ("争议事项", "Matter"),
    "consumer": ("消费者", "Consumer"),
    "merchant": ("经营者", "Merchant"),
    "host": ("调解人", "Mediator"),
    "call": ("来电编号", "Call"),
    "begun": ("开始时间", "Begun"),
    "ended": ("结束时间", "Ended"),
    "result": ("调解结果", "Result"),
    "who": ("参加人", "Who took part"),
    "role": ("身份", "As"),
    "phone": ("电话", "Telephone"),
    "joined": ("加入", "Joined"),
    "left": ("离开", "Left"),
    "consents": ("同意与确认", "Consent and answers"),
    "takes_part": ("同意参加", "Takes part"),
    "may_be_recorded": ("同意录音", "May be recorded"),
    "agrees": ("同意协议", "Agrees"),
    "agreement": ("协议内容（已宣读）", "Agreement, as read back"),
    "amount": ("金额（元）", "Amount (yuan)"),
    "due_on": ("履行期限", "Due on"),
    "events": ("经过", "What happened"),
    "time": ("时间", "Time"),
    "by": ("操作者", "By"),
    "what": ("事项", "What"),
    "recordings": ("录音", "Recordings"),
    "file": ("文件", "File"),
    "seconds": ("秒", "Seconds"),
    "until_refusal": ("录至拒绝录音时：{refused}", "recorded until the refusal at {refused}"),
    "stopped_late": ("{refused} 拒绝录音，{stopped} 停止录音", "refused at {refused}, stopped at {stopped}"),
    "past_refusal": (
        "{refused} 拒绝录音，未确认录音已停止",
        "refused at {refused}, and not known to have stopped",
    ),
    "deleted": ("已删除，删除证明编号", "deleted; certificate"),
    "room": ("会议室", "Room"),
    "signature": ("调解人签名", "Signature of the mediator"),
    "date": ("日期", "Date"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "none": ("无", "none"),
    "times": ("时间均为", "All times are of"),
}

ROLES: Mapping[LegRole, Words] = {
    LegRole.HOST: ("调解人", "mediator"),
    LegRole.CONSUMER: ("消费者", "consumer"),
    LegRole.MERCHANT: ("经营者", "merchant"),
    LegRole.MARKET_OFFICE: ("市场主办方", "market office"),
    LegRole.INTERPRETER: ("翻译", "interpreter"),
    LegRole.OFFICER: ("执法人员", "officer"),
}

RESULTS: Mapping[Result, Words] = {
    Result.SETTLED: ("达成协议", "settled"),
    Result.NOT_SETTLED: ("未达成协议", "not settled"),
    Result.REFUSED: ("一方拒绝调解", "a side refused"),
    Result.NO_ANSWER: ("联系不上对方", "the other side did not answer"),
}

ENDS: Mapping[EndReason, Words] = {
    EndReason.BY_HOST: ("调解人结束", "ended by the mediator"),
    EndReason.BY_SUPERVISOR: ("主管结束", "ended by a supervisor"),
    EndReason.HOST_GONE: ("调解人电话中断", "the mediator's phone was gone"),
    EndReason.HOST_NOT_REACHED: ("调解人未接通", "the mediator was not reached"),
    EndReason.REFUSED_BY_PBX: ("交换机拒绝", "the PBX refused"),
    EndReason.CALLED_OFF: ("取消", "called off"),
}

FAILURES: Mapping[LegFailure, Words] = {
    LegFailure.BUSY: ("占线", "busy"),
    LegFailure.NO_ANSWER: ("无人接听", "no answer"),
    LegFailure.DECLINED: ("拒接", "declined"),
    LegFailure.UNALLOCATED: ("空号", "no such number"),
    LegFailure.UNREACHABLE: ("无法接通", "unreachable"),
    LegFailure.CALLED_OFF: ("调解人取消呼叫", "no longer rung"),
    LegFailure.NOT_ALLOWED: ("不得呼叫", "might not be rung"),
    LegFailure.UNKNOWN: ("原因不明", "not known why"),
}

STOP_FAILURES: Mapping[StopFailure, Words] = {
    StopFailure.REFUSED: ("交换机拒绝", "the PBX refused"),
    StopFailure.NO_ANSWER: ("交换机未答复", "the PBX did not answer"),
    StopFailure.NOT_ASKED: ("与交换机无连接", "there was no connection to the PBX"),
}

HAPPENED: Mapping[HostWord | LegCommand | RoomWord, Words] = {
    HostWord.STARTED: ("发起调解", "mediation started"),
    HostWord.APPOINTED: ("预约调解", "mediation appointed"),
    HostWord.CALLED: ("呼叫", "called"),
    HostWord.NOT_REACHED: ("未接通", "not reached"),
    HostWord.END: ("结束全部通话", "ended for all"),
    HostWord.PARTICULARS: ("登记当事人", "particulars written down"),
    HostWord.CONSENT: ("记录同意情况", "consent written down"),
    HostWord.RECORDING_STOPPED: ("因拒绝录音，已停止录音", "recording stopped after the refusal"),
    HostWord.RECORDING_GOES_ON: ("已拒绝录音，未确认录音已停止", "refused, but not known to have stopped recording"),
    HostWord.AGREEMENT: ("登记协议", "agreement written down"),
    HostWord.ANSWER: ("记录对协议的答复", "answer to the agreement"),
    HostWord.RESULT: ("登记结果", "result written down"),
    HostWord.ENDED: ("调解结束", "mediation over"),
    HostWord.FILES_UNREADABLE: ("录音无法读取", "recordings could not be read"),
    LegCommand.HOLD: ("请其等候", "put on hold"),
    LegCommand.RETURN: ("请其返回", "taken back"),
    LegCommand.MUTE: ("静音", "muted"),
    LegCommand.UNMUTE: ("取消静音", "unmuted"),
    LegCommand.REMOVE: ("请其离开", "removed"),
    LegCommand.PRIVATE_WORD: ("单独谈话", "private word"),
    RoomWord.ENTERED: ("进入", "entered"),
    RoomWord.HELD: ("等候中", "on hold"),
    RoomWord.DISMISSED: ("致谢后挂断", "thanked and hung up"),
    RoomWord.UNATTENDED: ("调解人不在，挂断", "hung up, the mediator was gone"),
    RoomWord.QUEUED: ("调解人不在，回到队列最前", "back at the head of the queue, the mediator was gone"),
    RoomWord.GONE: ("挂机", "hung up"),
    RoomWord.LOST: ("交换机中断", "lost with the PBX"),
}
