"""Facts that concern one leg alone: its name, its answer, what it dials, the mailbox, a closed office, an emergency."""

from __future__ import annotations

from callcenter.calls.records import Anomaly
from callcenter.pbx import dialplan_facts as d
from callcenter.pbx import facts as f
from callcenter.pbx.channel_names import device_of, may_ring, number_in_channel, number_in_dial_string
from callcenter.tracking.call_state import Leg, OpenCall, OpenVoicemail
from callcenter.tracking.queue_events import enter_queue, rung_by_queue


def caller_identified(leg: Leg, fact: f.CallerIdentified) -> None:
    """The number was not seen at birth: it is the caller's, unless the PBX rang this channel."""
    if leg.has_dialled_in:
        leg.caller_number = fact.caller_number
        leg.caller_name = leg.caller_name or fact.caller_name


def channel_renamed(leg: Leg, fact: f.ChannelRenamed) -> None:
    """A masquerade: the leg is another device now."""
    leg.name(fact.channel)


def moments_shifted(leg: Leg, _fact: f.MomentsShifted) -> None:
    """The ledger's moments were put right."""
    leg.call.anomalies.add(Anomaly.LEDGER_IN_LOCAL_TIME)


def channel_answered(leg: Leg, fact: f.ChannelAnswered) -> None:
    """The first time the leg is up."""
    if not leg.is_up:
        leg.is_up = True
        leg.answered_at = fact.at


def channel_dialed(leg: Leg, fact: f.ChannelDialed) -> None:
    """What an opener without an exten of its own was sent to, unless it is itself what was dialled."""
    is_sent_there = leg.is_trunk and leg.is_originated
    if leg.call.opener is leg and leg.call.dialled is None and not is_sent_there:
        leg.call.dialled = fact.exten


def dial_status_set(leg: Leg, fact: f.DialStatusSet) -> None:
    """DIALSTATUS counts where people were rung directly: a queue keeps its own."""
    if leg is leg.call.opener and leg.call.current_visit(leg) is None:
        leg.call.dial_status = fact.status


def app_started(leg: Leg, fact: f.AppStarted) -> None:
    """The leg enters an application."""
    if leg.is_swapped_out:
        return  # a masquerade left it the application of the caller that took its place
    if leg.call.opener is leg:
        leg.call.last_application = fact.application
    if fact.application == "Queue":
        enter_queue(leg, fact)
        return
    if fact.application == "AgentLogin" and leg.call.opener is leg:
        leg.call.is_in_pool = True
    visit = leg.call.current_visit(leg)
    if visit is not None and visit.is_behind:
        visit.is_over = True
    if fact.application == "Transfer":
        leg.redirected_at = fact.at
    if fact.application == "Dial":
        leg.dial_at = fact.at
        leg.dial_exten = fact.exten
        leg.dial_targets = fact.data.partition(",")[0].split("&")


def leg_kind(leg: Leg, fact: f.LegKind) -> None:
    """Which application dialled the leg, as its own later rows in the ledger show."""
    if leg.dialled_by_app is not None:
        return
    leg.dialled_by_app = fact.application
    if fact.application == "AppDial" and leg.is_trunk:
        _find_dialler(leg, fact.exten)
    if fact.application == "AppDial2" and leg.call.opener is leg:
        leg.is_originated = True
        if leg.is_trunk:
            leg.call.dialled = None
    if fact.application == "AppQueue" and leg.call.opener is not leg:
        rung_by_queue(leg)


def voicemail_started(leg: Leg, fact: d.VoicemailStarted) -> None:
    """The caller reached a mailbox; the first one counts."""
    if leg.call.voicemail is None:
        leg.call.voicemail = OpenVoicemail(mailbox=fact.mailbox)


def voicemail_left(leg: Leg, fact: d.VoicemailLeft) -> None:
    """What came of it."""
    mailbox = leg.call.voicemail or OpenVoicemail(mailbox=fact.mailbox or "")
    leg.call.voicemail = mailbox
    mailbox.has_message = fact.has_message
    mailbox.file = fact.file
    mailbox.duration = fact.duration or mailbox.duration


def after_hours(leg: Leg, _fact: d.AfterHoursAnnounced) -> None:
    """The caller heard that nobody is there."""
    leg.call.is_after_hours = True


def emergency_requested(leg: Leg, _fact: d.EmergencyRequested) -> None:
    """The caller asked for the people on duty."""
    leg.call.is_emergency = True


def emergency_unanswered(leg: Leg, fact: d.EmergencyUnanswered) -> None:
    """None of them accepted, which is known while the caller is still there."""
    leg.call.is_emergency = True
    leg.call.emergency_unanswered_at = leg.call.emergency_unanswered_at or fact.at


def called_too_often(leg: Leg, _fact: d.RefusedForCallingTooOften) -> None:
    """The brake refused the caller."""
    leg.call.anomalies.add(Anomaly.CALLED_TOO_OFTEN)


def sent_back(leg: Leg, fact: d.SentBack) -> None:
    """As after a transfer, the caller is lost unless somebody talks to them again."""
    call = leg.call
    call.transferred_at = fact.at
    call.is_lost_after_transfer = True


def number_dialled(call: OpenCall, channel: str) -> str | None:
    """The number a Dial() sends to this trunk: `PJSIP/139@trunk-main&PJSIP/1001,30,t`.

    Several legs may be dialling at once; a number that already rings is not meant again.
    """
    ringing = {leg.dialled for leg in call.legs.values() if leg.is_trunk and leg.ended_at is None}
    diallers = (leg for leg in call.legs.values() if leg.ended_at is None)
    numbers = (number for dialler in diallers for number in _numbers_of(dialler, channel))
    return next((number for number in numbers if number not in ringing), None) or number_in_channel(channel)


def _find_dialler(leg: Leg, exten: str | None) -> None:
    """A leg that was dialled carries its dialler's exten, which shows which of several Dial() it was."""
    for dialler in leg.call.legs.values():
        numbers = _numbers_of(dialler, leg.channel) if dialler.dial_exten == exten else []
        if len(numbers) == 1:
            leg.dialled = numbers[0]


def _numbers_of(dialler: Leg, channel: str) -> list[str]:
    targets = [target for target in dialler.dial_targets if may_ring(target, channel)]
    found = (number_in_dial_string(target, device_of(channel)) for target in targets or _only_other(dialler, channel))
    return [number for number in found if number is not None]


def _only_other(dialler: Leg, channel: str) -> list[str]:
    """A line may be dialled by another name than its channel has, as by the host's; with one target it is that."""
    technology = channel.partition("/")[0].lower()
    others = [target for target in dialler.dial_targets if target.partition("/")[0].lower() == technology]
    return others if len(others) == 1 and len(dialler.dial_targets) == 1 else []
