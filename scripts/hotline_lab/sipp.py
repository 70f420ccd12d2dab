"""From plans to SIPp: one generator for callers, agents and the phones behind the trunk.

A phone in a consultation has two dialogs: SIPp ignores what is before `///` in a Call-ID, so both belong to one call of
SIPp. The log of every phone (see `sipp_writer`) is the ground truth call records are compared with.
"""

import re

from .errors import ScenarioError
from .scenario import Dialler, Line, Plan, Step
from .sip_text import display_name, user_part
from .sipp_writer import WITH_SDP, Dialog, SippWriter, limit, sdp

_FAILURES = ("400", "403", "404", "408", "480", "484", "486", "487", "488", "500", "502", "503", "504", "600", "603")
"""Final answers that a dialler may get; SIPp needs a list of all."""

_REFUSALS = {"busy": "486 Busy Here", "decline": "603 Decline"}


def dialler_xml(dialler: Dialler, *, secret: str | None, sound: str) -> str:
    """A phone that calls once: with `secret` an agent's, which authenticates; without, a caller's on the trunk."""
    number, dials = user_part(dialler.number or "anonymous"), user_part(dialler.dials)
    host = "[local_ip]" if dialler.number else "anonymous.invalid"
    name = display_name(dialler.name if dialler.number else "Anonymous")
    caller = f"{name}<sip:{number}@{host}>" if dialler.from_ is None else dialler.from_
    dialog = Dialog(
        call_id="[call_id]",
        local=f"{caller};tag=[pid]d[call_number]",
        remote=f"<sip:{dials}@[remote_ip]>",
        target=f"sip:{dials}@[remote_ip]:[remote_port]",
    )
    plan = list(dialler.plan)
    patience = plan.pop(0).seconds if plan[0].word == "cancel" else None
    writer = SippWriter(secret=secret, extension=number)
    writer.act(writer.log("dialled", dials))
    _invite(writer, dialog, "called", *([] if dialler.number else ["Privacy: id"]), patience=patience)
    _talk(writer, dialog, tuple(plan) or (Step(word="hang up"),), sound)
    return writer.document()


def phone_xml(lines: tuple[Line, ...], *, secret: str | None, sound: str) -> str:
    """A phone, or a bank of phones distinguished by the number dialled, that takes any number of calls."""
    writer = SippWriter(secret=secret)
    branches: list[tuple[str, str, Plan]] = []
    actions = [
        writer.keep("remote", "From:"),
        writer.keep("to", "To:"),
        writer.keep("cseq", "CSeq:", "[0-9]+"),
        writer.match("line,dialled", "INVITE sip:([^@]*)@", 'search_in="msg"'),
        writer.match("contact,target", "<(sip:[^>]*)>", 'search_in="hdr" header="Contact:"'),
        '<assignstr assign_to="key" value="#[call_number]#[$dialled]#"/>',
    ]
    writer.variables.add("key")
    for numbers, calls in _alike(lines, is_agent=secret is not None):
        named = "|".join(map(re.escape, numbers))
        extension = numbers[0] if len(numbers) == 1 else "[$dialled]"
        for nth, plan in enumerate(calls, start=1):
            which = "" if nth == len(calls) else f"#{nth}"
            pattern = f"{which}#({named})#" if len(numbers) > 1 else f"{which}#{named}#"
            actions.append(writer.match(f"is{len(branches)}", pattern, 'search_in="var" variable="key"'))
            branches.append((writer.label(), extension, plan))
    writer.receive("INVITE", *actions, writer.log("rung", "[$dialled] [$remote]"))
    for index, (label, _, _) in enumerate(branches):
        writer.add(f'<nop next="{label}" test="is{index}"/>')
    writer.extension = "nobody"  # without a user in the address the PBX would ignore the answer
    _refuse(writer, "404 Not Found", writer.log("refused", "404"))
    for label, number, plan in branches:
        writer.extension = number
        writer.place(label)
        _be_rung(writer, plan, sound)
    return writer.document()


def _alike(lines: tuple[Line, ...], *, is_agent: bool) -> list[tuple[tuple[str, ...], tuple[Plan, ...]]]:
    """Numbers that behave alike together: SIPp reads no scenario of more than 64 KB. An agent's phone has its own."""
    if is_agent:
        return [((line.number,), line.calls) for line in lines]
    numbers: dict[tuple[Plan, ...], list[str]] = {}
    for line in lines:
        numbers.setdefault(line.calls, []).append(line.number)
    return [(tuple(found), calls) for calls, found in numbers.items()]


def register_xml(extension: str, *, contact_port: int, secret: str, expires: int) -> str:
    """Register the phone `extension` at the PBX; `expires` 0 unregisters it."""
    writer = SippWriter(secret=secret, extension=extension)
    for cseq in (1, 2):
        writer.send(
            "REGISTER sip:[remote_ip]:[remote_port] SIP/2.0",
            "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
            f"From: <sip:{extension}@[remote_ip]>;tag=[pid]r",
            f"To: <sip:{extension}@[remote_ip]>",
            "Call-ID: [call_id]",
            f"CSeq: {cseq} REGISTER",
            f"Contact: <sip:{extension}@[local_ip]:{contact_port}>",
            "Max-Forwards: 70",
            f"Expires: {expires}",
            *([f"[authentication username={extension} password={secret}]"] if cseq == 2 else []),
            retransmit=True,
        )
        writer.receive("401" if cseq == 1 else "200")
    return writer.document()


def _invite(
    writer: SippWriter, dialog: Dialog, name: str, *extra: str, patience: float | None = None, early: bool = False
) -> None:
    """Call a number: go on when it is answered (`early`: when it rings), else jump to the end."""
    failed, cancel, done = writer.label(), writer.label(), writer.label()
    writer.request(dialog, "INVITE", WITH_SDP, *extra, body=sdp())
    if writer.secret is not None:
        writer.receive("100", optional=True)
        writer.receive("401")
        writer.invite_with_password(dialog, WITH_SDP, *extra, body=sdp())
    keep = writer.keep(f"{name}_to", "To:")
    keep += writer.match(f"{name}_whole,{name}_tag", "tag=([^;]+)", 'search_in="hdr" header="To:"')
    status = writer.match("line,status", "SIP/2.0 ([0-9]+)", 'search_in="msg"')
    until = limit(patience, cancel)
    writer.receive("100", optional=True, limit=until)
    for code in _FAILURES:
        writer.receive(code, status, writer.log("failed", "[$status]"), then=failed, optional=True, limit=until)
    if early:
        writer.receive("180", keep, writer.log("ringing"), then=done, limit=until)
    else:
        writer.receive("180", optional=True, limit=until)
        writer.receive("183", optional=True, limit=until)
        writer.receive("200", keep, writer.log("answered"), limit=until)
    dialog.remote = f"[${name}_to]"
    if not early:
        writer.acknowledge(dialog, then=done)
    writer.place(failed)
    writer.acknowledge_refusal(dialog, then="end")
    writer.place(cancel)
    writer.cancel(dialog)
    writer.receive("200")
    writer.receive("487", writer.log("cancelled", "self"))
    writer.acknowledge_refusal(dialog, then="end")
    writer.place(done)


def _be_rung(writer: SippWriter, plan: Plan, sound: str) -> None:
    """One call to this phone, from the first ring."""
    dialog = Dialog(call_id="[call_id]", local="[$to];tag=[pid]p[call_number]", remote="[$remote]", target="[$target]")
    for index, step in enumerate(plan):
        if step.word == "ring":
            on = writer.label()
            writer.answer_invite("180 Ringing")
            writer.receive("CANCEL", limit=limit(step.seconds, on))
            writer.answer("200 OK")
            _refuse(writer, "487 Request Terminated", writer.log("cancelled", "remote"))
            writer.place(on)
        elif step.word in _REFUSALS or step.word == "refuse":
            status = _REFUSALS.get(step.word, f"{step.text} Refused")
            _refuse(writer, status, writer.log("refused", status[:3]))
        elif step.word == "answer":
            writer.answer_invite("200 OK", WITH_SDP, body=sdp())
            writer.receive("ACK", writer.log("answered"))
            _talk(writer, dialog, plan[index + 1 :], sound)
            return
        else:
            raise ScenarioError(f"A phone cannot {step.word!r} before it has answered.")


def _refuse(writer: SippWriter, status: str, log: str) -> None:
    writer.answer_invite(status)
    writer.receive("ACK", log, then="end")


def _talk(writer: SippWriter, dialog: Dialog, plan: Plan, sound: str) -> None:
    """An answered call, to its end."""
    second: Dialog | None = None
    for step in plan:
        if step.word in ("talk", "confer"):
            writer.wait(step.seconds)
        elif step.word == "stay":
            writer.wait(None)
        elif step.word == "speak":
            writer.act(f'<exec rtp_stream="{sound},-1,8"/>')
            writer.wait(step.seconds)
        elif step.word == "key":
            _press(writer, dialog, step.text)
        elif step.word == "hold":
            _hold(writer, dialog)
            writer.wait(step.seconds)
            _resume(writer, dialog)
        elif step.word == "transfer":
            _refer(writer, dialog, f"<sip:{step.text}@[remote_ip]:[remote_port]>")
            _leave(writer, dialog)
        elif step.word == "transfer-refused":
            refer_to = f"<sip:{step.text}@[remote_ip]:[remote_port]>"
            _refer(writer, dialog, refer_to, success="603", log=writer.log("refused", "603"))
        elif step.word in ("consult", "consult-ringing"):
            _hold(writer, dialog)
            second = _consult(writer, step)
        elif step.word == "complete" and second is not None:
            replaces = "b%2F%2F%2F[call_id]%3Bto-tag%3D[$second_tag]%3Bfrom-tag%3D[pid]c[call_number]"
            _refer(writer, dialog, f"<{second.target}?Replaces={replaces}>")
            _release_second(writer, second)
            _leave(writer, dialog)
        elif step.word == "return" and second is not None:
            writer.ask(second, "BYE")
            _resume(writer, dialog)
        elif step.word == "remember":
            _hold(writer, dialog)
            _remember(writer)
        elif step.word == "merge":
            replaces = "[$first_call]%3Bto-tag%3D[$first_remote_tag]%3Bfrom-tag%3D[$first_local_tag]"
            _refer(writer, dialog, f"<sip:{writer.extension}@[remote_ip]:[remote_port]?Replaces={replaces}>")
            _leave(writer, dialog)
        elif step.word == "hang up":
            writer.ask(dialog, "BYE", log=writer.log("ended", "self"))
            writer.jump("end")
        elif step.word == "vanish":
            writer.act(writer.log("vanished"))
            writer.jump("end")
        else:
            raise ScenarioError(f"The step {step.word!r} does not fit in its place.")


def _press(writer: SippWriter, dialog: Dialog, keys: str) -> None:
    for key in keys:
        body = f"Signal={key}\nDuration=160\n"
        writer.ask(dialog, "INFO", "Content-Type: application/dtmf-relay", body=body)


def _hold(writer: SippWriter, dialog: Dialog) -> None:
    writer.ask(dialog, "INVITE", WITH_SDP, body=sdp("sendonly"), log=writer.log("holds"))


def _resume(writer: SippWriter, dialog: Dialog) -> None:
    writer.ask(dialog, "INVITE", WITH_SDP, body=sdp(), log=writer.log("resumes"))


def _refer(writer: SippWriter, dialog: Dialog, refer_to: str, *, success: str = "202", log: str | None = None) -> None:
    referred_by = f"Referred-By: <sip:{writer.extension}@[local_ip]>"
    said = log or writer.log("transfers")
    writer.ask(dialog, "REFER", f"Refer-To: {refer_to}", referred_by, success=success, log=said)


def _leave(writer: SippWriter, dialog: Dialog) -> None:
    """Hang up a second after the transfer was accepted; its NOTIFYs are answered by SIPp itself."""
    writer.wait(1.0)
    writer.ask(dialog, "BYE", log=writer.log("ended", "moved"))
    writer.jump("end")


def _consult(writer: SippWriter, step: Step) -> Dialog:
    second = Dialog(
        call_id="b///[call_id]",
        local=f"<sip:{writer.extension}@[local_ip]>;tag=[pid]c[call_number]",
        remote=f"<sip:{step.text}@[remote_ip]>",
        target=f"sip:{step.text}@[remote_ip]:[remote_port]",
    )
    writer.act(writer.log("consults", step.text))
    _invite(writer, second, "second", early=step.word == "consult-ringing")
    return second


def _release_second(writer: SippWriter, second: Dialog) -> None:
    """The PBX takes the consulted leg of joined calls away: an answered one by BYE, a ringing one by 487."""
    refused, over = writer.label(), writer.label()
    until = limit(1.0, over)
    for code in _FAILURES:
        writer.receive(code, then=refused, optional=True, limit=until)
    writer.receive("BYE", limit=until)
    writer.answer("200 OK", then=over)
    writer.place(refused)
    writer.acknowledge_refusal(second)
    writer.place(over)


def _remember(writer: SippWriter) -> None:
    """Keep the headers of this dialog for the phone's next call."""
    writer.shared |= {"first_call", "first_remote_tag", "first_local_tag"}
    writer.variables.add("whole")
    writer.act(
        '<assignstr assign_to="first_call" value="[call_id]"/>',
        '<assignstr assign_to="first_local_tag" value="[pid]p[call_number]"/>',
        '<ereg regexp="tag=([^;]+)" search_in="var" variable="remote" assign_to="whole,first_remote_tag"/>',
    )
