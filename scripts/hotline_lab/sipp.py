"""From plans to SIPp: one generator for callers, agents and the phones behind the trunk.

Every phone writes what really happened to it into SIPp's log, one line an event:
`seconds|microseconds|number of the call|event|detail`. That log is the ground truth the records are compared with.
SIPp sends and receives in a straight line with jumps. A phone that consults somebody holds two dialogs: SIPp ignores
what stands before `///` in a Call-ID, so both belong to one call of SIPp's.
"""

import re
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from .errors import ScenarioError
from .scenario import Dialler, Line, Plan, Step

_FAILURES = (400, 403, 404, 408, 480, 484, 486, 487, 488, 500, 502, 503, 504, 600, 603, 604)
"""Final answers a dialler may get; SIPp must be told each one."""

_LIMIT_MS = 90_000
"""After this a phone that waits for ever gives up, so that a broken play ends."""

_DTMF_RELAY = "application/dtmf-relay"


@dataclass(slots=True)
class _Dialog:
    """The headers of one dialog as SIPp text, and the number of the last request sent in it."""

    call_id: str
    local: str
    remote: str
    target: str
    cseq: int = 0


def dialler_xml(dialler: Dialler, *, secret: str | None, sound: str) -> str:
    """One who rings once. With `secret` an agent, who is asked for his password; without, a caller on the trunk."""
    writer = _Writer(secret=secret, sound=sound)
    number = dialler.number or "anonymous"
    writer.extension = number
    host = "[local_ip]" if dialler.number else "anonymous.invalid"
    name = dialler.name if dialler.number else "Anonymous"
    display = f'"{name}" ' if name else ""
    dialog = _Dialog(
        call_id="[call_id]",
        local=f"{display}<sip:{number}@{host}>;tag=[pid]d[call_number]",
        remote=f"<sip:{dialler.dials}@[remote_ip]>",
        target=f"sip:{dialler.dials}@[remote_ip]:[remote_port]",
    )
    writer.log("dialled", dialler.dials)
    plan = list(dialler.plan)
    patience = plan.pop(0).seconds if plan[0].word == "cancel" else None
    privacy = [] if dialler.number else ["Privacy: id"]
    writer.invite(dialog, "called", extra=privacy, patience=patience)
    writer.play(dialog, tuple(plan))
    return writer.document()


def phone_xml(lines: tuple[Line, ...], *, secret: str | None, sound: str) -> str:
    """A phone, or a bank of phones told apart by the number dialled, that takes any number of calls."""
    writer = _Writer(secret=secret, sound=sound)
    writer.add(
        '<recv request="INVITE"><action>'
        + writer.keep("remote", "From:", ".*")
        + writer.keep("to", "To:", ".*")
        + writer.keep("cseq", "CSeq:", "[0-9]+")
        + writer.match("line,dialled", "INVITE sip:([^@]*)@", 'search_in="msg"')
        + writer.match("contact,target", "<(sip:[^>]*)>", 'search_in="hdr" header="Contact:"')
        + '<assignstr assign_to="key" value="#[call_number]#[$dialled]#"/>'
        + "</action></recv>"
    )
    writer.variables.add("key")
    writer.log("rung", "[$remote]")
    branches = []
    for line in lines:
        for nth, plan in enumerate(line.calls, start=1):
            label, condition = writer.label(), f"is{len(branches)}"
            which = "" if nth == len(line.calls) else f"#{nth}"
            match = writer.match(condition, f"{which}#{re.escape(line.number)}#", 'search_in="var" variable="key"')
            writer.add(f"<nop><action>{match}</action></nop>")
            writer.add(f'<nop next="{label}" test="{condition}"/>')
            branches.append((label, line.number, plan))
    writer.refuse("404 Not Found")
    for label, number, plan in branches:
        writer.extension = number
        writer.place(label)
        writer.be_rung(plan)
    return writer.document()


def register_xml(extension: str, *, contact_port: int, secret: str, expires: int) -> str:
    """Tell the PBX where the phone `extension` is; `expires` 0 signs it off."""
    writer = _Writer(secret=secret, sound="")
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
        )
        writer.add('<recv response="401" auth="true"/>' if cseq == 1 else '<recv response="200" timeout="5000"/>')
    return writer.document()


class _Writer:
    """Collects the elements of one SIPp scenario."""

    def __init__(self, *, secret: str | None, sound: str) -> None:
        self.extension = ""
        self.variables: set[str] = set()
        self.shared: set[str] = set()
        self._secret = secret
        self._sound = sound
        self._parts: list[str] = []
        self._labels = 0

    # ---- elements

    def add(self, element: str) -> None:
        self._parts.append(element)

    def label(self) -> str:
        self._labels += 1
        return f"step{self._labels}"

    def place(self, label: str) -> None:
        self.add(f'<label id="{label}"/>')

    def jump(self, label: str) -> None:
        self.add(f'<nop next="{label}"/>')

    def log(self, event: str, detail: str = "") -> None:
        self.variables |= {"sec", "usec"}
        message = quoteattr(f"[$sec]|[$usec]|[call_number]|{event}|{detail}")
        self.add(f'<nop><action><gettimeofday assign_to="sec,usec"/><log message={message}/></action></nop>')

    def match(self, variables: str, pattern: str, where: str) -> str:
        self.variables |= set(variables.split(","))
        return f'<ereg regexp={quoteattr(pattern)} {where} assign_to="{variables}"/>'

    def keep(self, variable: str, header: str, pattern: str) -> str:
        return self.match(variable, pattern, f'search_in="hdr" header="{header}"')

    def send(self, *lines: str, body: str = "", retransmit: bool = True) -> None:
        head = "\n".join([*lines, "Content-Length: [len]" if body else "Content-Length: 0"])
        retrans = ' retrans="500"' if retransmit else ""
        self.add(f"<send{retrans}><![CDATA[\n\n{head}\n\n{body}]]></send>")

    def document(self) -> str:
        """The whole scenario; the tails that every plan may jump to stand at its end."""
        self.jump("end")
        self.place("bye")
        self._answer_last("200 OK")
        self.log("ended", "remote")
        self.jump("end")
        self.place("stuck")
        self.log("stuck")
        self.place("end")
        self.add("<nop/>")
        names = ",".join(sorted(self.variables | self.shared))
        shared = f'<Global variables="{",".join(sorted(self.shared))}"/>' if self.shared else ""
        body = "\n".join([shared, *self._parts, f'<Reference variables="{names}"/>'])
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="hotline">\n{body}\n</scenario>\n'

    # ---- requests and answers

    def _ask(self, dialog: _Dialog, method: str, *extra: str, body: str = "", success: str = "200") -> None:
        """A request within a call and its answer; the PBX asks agents for their password at times."""
        again, done = self.label(), self.label()
        self._request(dialog, method, *extra, body=body)
        self._expect_bye()
        if self._secret is not None:
            self.add(f'<recv response="401" auth="true" optional="true" next="{again}"/>')
        self.add('<recv response="100" optional="true"/>')
        self.add(f'<recv response="{success}"/>')
        if method == "INVITE":
            self._send_request(dialog, "ACK")
        if self._secret is None:
            return
        self.jump(done)
        self.place(again)
        self._repeat_with_password(dialog, method, *extra, body=body)
        self._expect_bye()
        self.add('<recv response="100" optional="true"/>')
        self.add(f'<recv response="{success}"/>')
        if method == "INVITE":
            self._send_request(dialog, "ACK")
        self.place(done)

    def _request(self, dialog: _Dialog, method: str, *extra: str, body: str = "") -> None:
        dialog.cseq += 1
        self._send_request(dialog, method, *extra, body=body)

    def _repeat_with_password(self, dialog: _Dialog, method: str, *extra: str, body: str = "") -> None:
        if method == "INVITE":
            self._send_request(dialog, "ACK", via="[last_Via:]", to="[last_To:]")
        password = f"[authentication username={self.extension} password={self._secret}]"
        self._request(dialog, method, *extra, password, body=body)

    def _send_request(
        self, dialog: _Dialog, method: str, *extra: str, body: str = "", via: str = "", to: str = ""
    ) -> None:
        self.send(
            f"{method} {dialog.target} SIP/2.0",
            via or "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
            f"From: {dialog.local}",
            to or f"To: {dialog.remote}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {dialog.cseq} {method}",
            f"Contact: <sip:{self.extension}@[local_ip]:[local_port]>",
            "Max-Forwards: 70",
            *extra,
            body=body,
            retransmit=method != "ACK",
        )

    def _answer_invite(self, status: str, *extra: str, body: str = "") -> None:
        """An answer to the first INVITE, which may be older than the last message."""
        self.send(
            f"SIP/2.0 {status}",
            "[last_Via:]",
            "From: [$remote]",
            "To: [$to];tag=[pid]p[call_number]",
            "[last_Call-ID:]",
            "CSeq: [$cseq] INVITE",
            f"Contact: <sip:{self.extension}@[local_ip]:[local_port]>",
            *extra,
            body=body,
            retransmit=False,
        )

    def _answer_last(self, status: str) -> None:
        self.send(
            f"SIP/2.0 {status}", "[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]", "[last_CSeq:]",
            retransmit=False,
        )  # fmt: skip

    def _expect_bye(self) -> None:
        self.add('<recv request="BYE" optional="true" next="bye"/>')

    def _wait(self, seconds: float | None) -> None:
        """Stay in the call so long, or for ever; a BYE ends it."""
        on = self.label()
        after, then = (_LIMIT_MS, "stuck") if seconds is None else (int(seconds * 1000), on)
        self.add(f'<recv request="BYE" timeout="{after}" ontimeout="{then}" next="bye"/>')
        self.place(on)

    # ---- getting through

    def invite(
        self, dialog: _Dialog, name: str, *, extra: list[str], patience: float | None = None, early: bool = False
    ) -> None:
        """Ring somebody: go on when he answers (`early`: when his phone rings), jump to the end when he does not."""
        failed, cancel, done = self.label(), self.label(), self.label()
        headers = ["Content-Type: application/sdp", *extra]
        self._request(dialog, "INVITE", *headers, body=_sdp())
        if self._secret is not None:
            self.add('<recv response="100" optional="true"/>')
            self.add('<recv response="401" auth="true"/>')
            self._repeat_with_password(dialog, "INVITE", *headers, body=_sdp())
        tag = self.match(f"{name}_whole,{name}_tag", "tag=([^;]+)", 'search_in="hdr" header="To:"')
        keep = f"<action>{self.keep(f'{name}_to', 'To:', '.*')}{tag}</action>"
        match = self.match("line,status", "SIP/2.0 ([0-9]+)", 'search_in="msg"')
        status = f"<action>{match}</action>"
        after, then = (_LIMIT_MS, "stuck") if patience is None else (int(patience * 1000), cancel)
        limit = f'timeout="{after}" ontimeout="{then}"'
        # SIPp obeys the limit of the first of several alternatives only
        self.add(f'<recv response="100" optional="true" {limit}/>')
        for code in _FAILURES:
            self.add(f'<recv response="{code}" optional="true" next="{failed}" {limit}>{status}</recv>')
        if early:
            self.add(f'<recv response="180" {limit}>{keep}</recv>')
        else:
            self.add(f'<recv response="180" optional="true" {limit}/>')
            self.add(f'<recv response="183" optional="true" {limit}/>')
            self.add(f'<recv response="200" {limit}>{keep}</recv>')
        dialog.remote = f"[${name}_to]"
        if not early:
            self._send_request(dialog, "ACK")
        self.log("ringing" if early else "answered")
        self.jump(done)
        self.place(failed)
        self._send_request(dialog, "ACK", via="[last_Via:]", to="[last_To:]")
        self.log("failed", "[$status]")
        self.jump("end")
        self.place(cancel)
        self._send_request(dialog, "CANCEL", via="[last_Via:]", to=f"To: <{dialog.target}>")
        self.add('<recv response="200"/>')
        self.add('<recv response="487"/>')
        self._send_request(dialog, "ACK", via="[last_Via:]", to="[last_To:]")
        self.log("cancelled", "self")
        self.jump("end")
        self.place(done)

    def be_rung(self, plan: Plan) -> None:
        """One call to this phone, from the first ring."""
        dialog = _Dialog(
            call_id="[call_id]", local="[$to];tag=[pid]p[call_number]", remote="[$remote]", target="[$target]"
        )
        for index, step in enumerate(plan):
            if step.word == "ring":
                on, cancelled = self.label(), self.label()
                self._answer_invite("180 Ringing")
                self.add(
                    f'<recv request="CANCEL" timeout="{int(step.seconds * 1000)}" ontimeout="{on}" next="{cancelled}"/>'
                )
                self.place(cancelled)
                self._answer_last("200 OK")
                self.refuse("487 Request Terminated", event="cancelled", detail="remote")
                self.place(on)
            elif step.word in _REFUSALS:
                self.refuse(_REFUSALS[step.word])
            elif step.word == "answer":
                self._answer_invite("200 OK", "Content-Type: application/sdp", body=_sdp())
                self.add('<recv request="ACK"/>')
                self.log("answered")
                self.play(dialog, plan[index + 1 :])
                return

    def refuse(self, status: str, *, event: str = "refused", detail: str = "") -> None:
        self._answer_invite(status)
        self.add('<recv request="ACK"/>')
        self.log(event, detail or status[:3])
        self.jump("end")

    # ---- an answered call

    def play(self, dialog: _Dialog, plan: Plan) -> None:
        """The rest of a plan; a plan that is through without an end hangs up."""
        second: _Dialog | None = None
        for step in plan:
            if step.word in ("talk", "confer"):
                self._wait(step.seconds)
            elif step.word == "stay":
                self._wait(None)
            elif step.word == "speak":
                self.add(f'<nop><action><exec rtp_stream="{self._sound},-1,8"/></action></nop>')
                self._wait(step.seconds)
            elif step.word == "key":
                self._press(dialog, step.text)
            elif step.word == "hold":
                self._reinvite(dialog, "sendonly")
                self._wait(step.seconds)
                self._reinvite(dialog, "sendrecv")
            elif step.word == "transfer":
                self._refer(dialog, f"<sip:{step.text}@[remote_ip]:[remote_port]>")
                self._leave(dialog)
            elif step.word in ("consult", "consult-ringing"):
                self._reinvite(dialog, "sendonly")
                second = self._consult(step)
            elif step.word == "complete" and second is not None:
                replaces = "b%2F%2F%2F[call_id]%3Bto-tag%3D[$second_tag]%3Bfrom-tag%3D[pid]c[call_number]"
                self._refer(dialog, f"<{second.target}?Replaces={replaces}>")
                self._leave_both(dialog)
            elif step.word == "return" and second is not None:
                self._ask(second, "BYE")
                self._reinvite(dialog, "sendrecv")
            elif step.word == "remember":
                self._reinvite(dialog, "sendonly")
                self._remember()
            elif step.word == "merge":
                replaces = "[$first_call]%3Bto-tag%3D[$first_remote_tag]%3Bfrom-tag%3D[$first_local_tag]"
                self._refer(dialog, f"<sip:{self.extension}@[remote_ip]:[remote_port]?Replaces={replaces}>")
                self._leave(dialog)
            elif step.word == "hang up":
                self._hang_up(dialog)
            elif step.word == "vanish":
                self.log("vanished")
                self.jump("end")
            else:
                raise ScenarioError(f"The step {step.word!r} does not fit in its place.")
        if not plan:
            self._hang_up(dialog)

    def _hang_up(self, dialog: _Dialog, how: str = "self") -> None:
        self._ask(dialog, "BYE")
        self.log("ended", how)
        self.jump("end")

    def _press(self, dialog: _Dialog, keys: str) -> None:
        for key in keys:
            body = f"Signal={key}\nDuration=160\n"
            self._ask(dialog, "INFO", f"Content-Type: {_DTMF_RELAY}", body=body)

    def _reinvite(self, dialog: _Dialog, direction: str) -> None:
        self._ask(dialog, "INVITE", "Content-Type: application/sdp", body=_sdp(direction))
        self.log("holds" if direction == "sendonly" else "resumes")

    def _consult(self, step: Step) -> _Dialog:
        second = _Dialog(
            call_id="b///[call_id]",
            local=f"<sip:{self.extension}@[local_ip]>;tag=[pid]c[call_number]",
            remote=f"<sip:{step.text}@[remote_ip]>",
            target=f"sip:{step.text}@[remote_ip]:[remote_port]",
        )
        self.log("consults", step.text)
        self.invite(second, "second", extra=[], early=step.word == "consult-ringing")
        return second

    def _refer(self, dialog: _Dialog, refer_to: str) -> None:
        referred_by = f"Referred-By: <sip:{self.extension}@[local_ip]>"
        self._ask(dialog, "REFER", f"Refer-To: {refer_to}", referred_by, success="202")
        self.log("transfers")

    def _leave(self, dialog: _Dialog) -> None:
        """Hang up a second after the transfer was accepted; its NOTIFYs are answered by SIPp itself."""
        self._wait(1.0)
        self._hang_up(dialog, how="moved")

    def _leave_both(self, dialog: _Dialog) -> None:
        """The same for joined calls. The PBX takes the consulted leg away: an answered one by BYE, a ringing one by 487."""
        refused, over = self.label(), self.label()
        limit = f'timeout="1000" ontimeout="{over}"'
        for code in _FAILURES:
            self.add(f'<recv response="{code}" optional="true" next="{refused}" {limit}/>')
        self.add(f'<recv request="BYE" {limit}/>')
        self._answer_last("200 OK")
        self.jump(over)
        self.place(refused)
        self.send(
            "ACK sip:[remote_ip]:[remote_port] SIP/2.0", "[last_Via:]", "[last_From:]", "[last_To:]",
            "[last_Call-ID:]", "CSeq: 2 ACK", "Max-Forwards: 70", retransmit=False,
        )  # fmt: skip
        self.place(over)
        self._hang_up(dialog, how="moved")

    def _remember(self) -> None:
        """Put the headers of this dialog where the phone's next call finds them."""
        self.shared |= {"first_call", "first_remote_tag", "first_local_tag"}
        self.variables |= {"whole"}
        self.add(
            '<nop><action><assignstr assign_to="first_call" value="[call_id]"/>'
            '<assignstr assign_to="first_local_tag" value="[pid]p[call_number]"/>'
            '<ereg regexp="tag=([^;]+)" search_in="var" variable="remote" assign_to="whole,first_remote_tag"/>'
            "</action></nop>"
        )


_REFUSALS = {"busy": "486 Busy Here", "decline": "603 Decline"}


def _sdp(direction: str = "sendrecv") -> str:
    return (
        "v=0\no=phone 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
        "m=audio [media_port] RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\n"
        f"a={direction}\n"
    )
