"""Captures of other dialplans and versions than ours: both witnesses say what happened."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from callcenter.calls.merge_witnesses import is_confirmed, merge
from callcenter.calls.records import CallRecord, HungUpBy, Outcome, QueueExit, RingResult, TalkKind, Witness
from callcenter.tracking.replay import replay
from callcenter.tracking.rules import CallRules

FOLDER = Path(__file__).parent.parent / "other_dialplans"
BOTH = pytest.mark.parametrize("witness", list(Witness))


def message(event: str, at: float, **headers: str) -> str:
    """One of the messages of a caller whose uniqueid an old Asterisk would not have written so."""
    told = {"Event": event, "Timestamp": f"{1_000_000_000 + at:.6f}", "Channel": "SIP/trunk-op-00000001"}
    told |= {"Uniqueid": "1000000000.01", "Linkedid": "1000000000.01"} | headers
    return "".join(f"{name}: {value}\r\n" for name, value in told.items()) + "\r\n"


BORN = message("Newchannel", 0.5, CallerIDNum="05198800001", Context="from-trunk", Exten="12315")
GONE = message("Hangup", 9.5, Cause="16")


def told_by(tmp_path: Path, *messages: str) -> CallRecord:
    path = tmp_path / "capture.ami"
    path.write_text("Asterisk Call Manager/5.0.0\r\n" + "".join(messages), newline="")
    (record,) = replay([path], is_cel=False, pbx="pbx1", rules=CallRules())
    return record


def told(name: str, witness: Witness) -> CallRecord:
    is_cel = witness is Witness.LEDGER
    path = FOLDER / name / ("cel.csv" if is_cel else "capture.ami")
    (record,) = replay([path], is_cel=is_cel, pbx="pbx1", rules=CallRules())
    return record


@BOTH
def test_the_pbx_ends_a_call_in_which_the_agent_had_left_the_caller_to_a_survey(witness: Witness) -> None:
    record = told("survey_after_the_talk", witness)

    assert (record.outcome, record.hung_up_by) == (Outcome.ANSWERED, HungUpBy.PBX)
    assert [(talk.with_, talk.kind) for talk in record.talks] == [("1001", TalkKind.AGENT)]


@BOTH
def test_a_phone_that_forwards_a_queues_ring_has_missed_none(witness: Witness) -> None:
    record = told("member_forwards_by_302", witness)

    (visit,) = record.queue_visits
    assert (record.outcome, visit.agent) == (Outcome.ANSWERED, "13900000001")
    assert [(ring.agent, ring.result) for ring in visit.rings] == [
        ("1090", RingResult.CANCELLED),
        ("13900000001", RingResult.ANSWERED),
    ]


@BOTH
def test_a_caller_whom_the_dialplan_sends_elsewhere_before_it_answers_is_rejected(witness: Witness) -> None:
    record = told("transfer_before_answer", witness)

    assert (record.outcome, record.hung_up_by, record.transferred) == (Outcome.REJECTED, HungUpBy.PBX, False)


@pytest.mark.parametrize("name", ["survey_after_the_talk", "member_forwards_by_302", "transfer_before_answer"])
def test_both_witnesses_agree_about_other_dialplans(name: str) -> None:
    assert is_confirmed(merge(told(name, Witness.AMI), told(name, Witness.LEDGER)))


def test_a_ledger_of_asterisk_11_is_read_as_it_was_written() -> None:
    record = told("cel_of_asterisk_11", Witness.LEDGER)

    assert (record.outcome, record.hangup_cause, record.hung_up_by) == (Outcome.ANSWERED, 16, HungUpBy.CALLEE)
    assert [(talk.with_, talk.kind) for talk in record.talks] == [("1001", TalkKind.AGENT)]
    assert record.talk_time.total_seconds() == 5.99
    assert (record.complete, record.anomalies) == (True, ())


def test_an_id_is_text_and_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert told_by(tmp_path, BORN, GONE).call_id == "1000000000.01"

    row = '"CHAN_START","1000000000.500000","","05198800001","","","","12315","from-trunk","SIP/trunk-op-00000001",'
    row += '"","","3","","1000000000.01","1000000000.01","","","",""\n'
    path = tmp_path / "cel.csv"
    path.write_text(row)
    (record,) = replay([path], is_cel=True, pbx="pbx1", rules=CallRules())
    assert record.call_id == "1000000000.01"


def test_a_queue_that_only_its_abandoned_callers_tell_of_is_a_queue_visit(tmp_path: Path) -> None:
    abandoned = message("QueueCallerAbandon", 9.4, Queue="hotline", Position="1", OriginalPosition="2", HoldTime="8")

    record = told_by(tmp_path, BORN, message("HangupRequest", 9.3), abandoned, GONE)

    (visit,) = record.queue_visits
    assert (record.outcome, visit.queue, visit.exit) == (Outcome.ABANDONED_QUEUE, "hotline", QueueExit.ABANDONED)
    assert (visit.joined_at, visit.wait) == (None, None)
    assert told_by(tmp_path, BORN, abandoned, GONE).outcome is Outcome.ABANDONED_QUEUE


def test_a_queue_that_only_its_rings_tell_of_is_a_queue_visit(tmp_path: Path) -> None:
    agent = {"Channel": "SIP/1001-00000002", "Uniqueid": "1000000000.02"}
    born = message("Newchannel", 1.0, CallerIDNum="1001", Context="from-internal", Exten="s", **agent)
    dest = {"DestChannel": "SIP/1001-00000002", "DestUniqueid": "1000000000.02", "DestLinkedid": "1000000000.01"}
    called = message("AgentCalled", 1.1, Queue="hotline", Interface="SIP/1001", **dest)

    record = told_by(tmp_path, BORN, born, called, message("Hangup", 5.0, Cause="19", **agent), GONE)

    (visit,) = record.queue_visits
    assert (visit.queue, [(ring.agent, ring.result) for ring in visit.rings]) == (
        "hotline",
        [("1001", RingResult.NO_ANSWER)],
    )


@pytest.mark.parametrize("application", ["VoiceMail", "Voicemail", "VOICEMAIL", "voicemail"])
def test_an_application_is_known_whatever_its_case(application: str, tmp_path: Path) -> None:
    into = message("Newexten", 1.0, Application=application, AppData="2000@default,s", Extension="12315")

    record = told_by(tmp_path, BORN, into, GONE)

    row = '"{}","100000000{}.000000","","05198800001","","","","12315","from-trunk","SIP/trunk-op-00000001",'
    row += '"{}","{}","3","","1000000000.01","1000000000.01","","","",""\n'
    path = tmp_path / "cel.csv"
    events = [("CHAN_START", 0, "", ""), ("APP_START", 1, application, "2000@default"), ("HANGUP", 9, "", "")]
    path.write_text("".join(row.format(*event) for event in events))
    (ledger,) = replay([path], is_cel=True, pbx="pbx1", rules=CallRules())
    assert (record.outcome, ledger.outcome) == (Outcome.VOICEMAIL_ABANDONED, Outcome.VOICEMAIL)


@pytest.mark.parametrize("application", ["Queue", "QUEUE", "queue"])
def test_a_queue_and_whom_it_rings_are_known_whatever_the_case(application: str, tmp_path: Path) -> None:
    row = '"{}","100000000{}.000000","","1","","","","{}","from-trunk","{}","{}","{}","3","","1000000000.0{}",'
    row += '"1000000000.01","","","",""\n'
    caller, agent = "SIP/trunk-op-00000001", "SIP/1001-00000002"
    events = [
        ("CHAN_START", 0, "12315", caller, "", "", 1),
        ("APP_START", 1, "12315", caller, application, "hotline,t", 1),
        ("CHAN_START", 2, "s", agent, "", "", 2),
        ("HANGUP", 5, "s", agent, "APPQUEUE", "(Outgoing Line)", 2),
        ("APP_END", 6, "12315", caller, application.upper(), "hotline,t", 1),
        ("HANGUP", 9, "12315", caller, "", "", 1),
    ]
    path = tmp_path / "cel.csv"
    path.write_text("".join(row.format(*event) for event in events))

    (record,) = replay([path], is_cel=True, pbx="pbx1", rules=CallRules())

    (visit,) = record.queue_visits
    assert (visit.queue, [ring.agent for ring in visit.rings]) == ("hotline", ["1001"])
    assert visit.wait == timedelta(seconds=5)


def test_a_redirected_caller_whose_line_then_lets_go_has_not_hung_up(tmp_path: Path) -> None:
    away = message("Newexten", 1.0, Application="Transfer", AppData="SIP/13800000000", Extension="12315")

    gone = told_by(tmp_path, BORN, away, message("HangupRequest", 1.2), message("Hangup", 1.3, Cause="16"))
    stayed = told_by(tmp_path, BORN, away, message("HangupRequest", 9.4), GONE)

    assert (gone.outcome, gone.hung_up_by) == (Outcome.REJECTED, HungUpBy.PBX)
    assert (stayed.outcome, stayed.hung_up_by) == (Outcome.ABANDONED_GREETING, HungUpBy.CALLER)


def test_a_far_side_that_lets_go_after_the_dialplan_has_ended_has_not_hung_up(tmp_path: Path) -> None:
    ended = message("Newexten", 9.0, Application="Hangup", AppData="", Extension="12315")
    flag, request = message("SoftHangupRequest", 9.1, Cause="16"), message("HangupRequest", 9.2)

    assert told_by(tmp_path, BORN, ended, flag, request, GONE).hung_up_by is HungUpBy.PBX
    assert told_by(tmp_path, BORN, request, flag, GONE).hung_up_by is HungUpBy.CALLER
