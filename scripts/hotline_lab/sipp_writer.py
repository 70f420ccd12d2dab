"""The elements of a SIPp scenario: messages, waiting, jumps, and the log of events.

SIPp runs its scenario in a straight line with jumps, and fails on a message that arrives while it does not wait. So
events are logged by the element that waits, not by one of their own.
"""

from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

LIMIT_MS = 90_000
"""A waiting phone gives up after this, so that a broken play ends."""

WITH_SDP = "Content-Type: application/sdp"


@dataclass(slots=True)
class Dialog:
    """The headers of one dialog as SIPp text, and the number of the last request sent in it."""

    call_id: str
    local: str
    remote: str
    target: str
    cseq: int = 0


class SippWriter:
    """Collects the elements of one scenario. `secret` is an agent's password; callers on the trunk have none."""

    def __init__(self, *, secret: str | None, extension: str = "") -> None:
        self.extension = extension
        self.secret = secret
        self.variables: set[str] = set()
        self.shared: set[str] = set()
        """Variables that all calls of the phone have in common."""
        self._parts: list[str] = []
        self._labels = 0

    # elements

    def add(self, element: str) -> None:
        """Append one element as it is."""
        self._parts.append(element)

    def label(self) -> str:
        """A new name for a place to jump to."""
        self._labels += 1
        return f"step{self._labels}"

    def place(self, label: str) -> None:
        """Jumps to `label` arrive here."""
        self.add(f'<label id="{label}"/>')

    def jump(self, label: str) -> None:
        """Go on at `label`."""
        self.add(f'<nop next="{label}"/>')

    def act(self, *actions: str) -> None:
        """Do something without a message."""
        self.add(f"<nop><action>{''.join(actions)}</action></nop>")

    def receive(self, what: str, *actions: str, then: str = "", optional: bool = False, limit: str = "") -> None:
        """Wait for a request (its method) or an answer (its code); optional ones belong to the next that is not."""
        kind = "response" if what.isdigit() else "request"
        attributes = f'{kind}="{what}"'
        attributes += ' optional="true"' if optional else ""
        attributes += ' auth="true"' if what == "401" else ""
        attributes += f' next="{then}"' if then else ""
        attributes += f" {limit}" if limit else ""
        inner = f"<action>{''.join(actions)}</action>" if actions else ""
        self.add(f"<recv {attributes}>{inner}</recv>")

    def send(self, *lines: str, body: str = "", retransmit: bool = False, then: str = "") -> None:
        """Send a message; requests are repeated until answered."""
        head = "\n".join([*lines, "Content-Length: [len]" if body else "Content-Length: 0"])
        attributes = (' retrans="500"' if retransmit else "") + (f' next="{then}"' if then else "")
        self.add(f"<send{attributes}><![CDATA[\n\n{head}\n\n{body}]]></send>")

    def document(self) -> str:
        """The whole scenario; the endings that plans jump to come last."""
        self.jump("end")
        self.place("bye")
        self.answer("200 OK", then="end")
        self.place("stuck")
        self.act(self.log("stuck"))
        self.place("end")
        self.add("<nop/>")
        names = ",".join(sorted(self.variables | self.shared))
        shared = f'<Global variables="{",".join(sorted(self.shared))}"/>' if self.shared else ""
        body = "\n".join([shared, *self._parts, f'<Reference variables="{names}"/>' if names else ""])
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="hotline">\n{body}\n</scenario>\n'

    # actions

    def log(self, event: str, detail: str = "") -> str:
        """Write an event into the log: `seconds|microseconds|number of the call|event|detail`."""
        self.variables |= {"sec", "usec"}
        message = quoteattr(f"[$sec]|[$usec]|[call_number]|{event}|{detail}")
        return f'<gettimeofday assign_to="sec,usec"/><log message={message}/>'

    def match(self, variables: str, pattern: str, where: str) -> str:
        """Keep what a regular expression finds: the whole match, then its groups."""
        self.variables |= set(variables.split(","))
        return f'<ereg regexp={quoteattr(pattern)} {where} assign_to="{variables}"/>'

    def keep(self, variable: str, header: str, pattern: str = ".*") -> str:
        """Keep a header of the message just received."""
        return self.match(variable, pattern, f'search_in="hdr" header="{header}"')

    # messages

    def request(self, dialog: Dialog, method: str, *extra: str, body: str = "") -> None:
        """The next request of a dialog."""
        dialog.cseq += 1
        self._send_request(dialog, method, *extra, body=body)

    def invite_with_password(self, dialog: Dialog, *extra: str, body: str) -> None:
        """The same INVITE once more after a 401."""
        self.acknowledge_refusal(dialog)
        password = f"[authentication username={self.extension} password={self.secret}]"
        self.request(dialog, "INVITE", *extra, password, body=body)

    def acknowledge(self, dialog: Dialog, *, then: str = "") -> None:
        """ACK of a 200."""
        self._send_request(dialog, "ACK", then=then)

    def acknowledge_refusal(self, dialog: Dialog, *, then: str = "") -> None:
        """ACK of anything else, which belongs to the INVITE's own transaction."""
        self._send_request(dialog, "ACK", via="[last_Via:]", to="[last_To:]", then=then)

    def cancel(self, dialog: Dialog) -> None:
        """CANCEL of an INVITE that was answered provisionally only."""
        self._send_request(dialog, "CANCEL", via="[last_Via:]", to=f"To: <{dialog.target}>")

    def ask(
        self, dialog: Dialog, method: str, *extra: str, body: str = "", success: str = "200", log: str = ""
    ) -> None:
        """A request within a dialog and its answer; the PBX asks for no password there."""
        self.request(dialog, method, *extra, body=body)
        self.receive("BYE", self.log("ended", "remote"), optional=True, then="bye")
        self.receive("100", optional=True)
        self.receive(success, *([log] if log else []))
        if method == "INVITE":
            self.acknowledge(dialog)

    def answer(self, status: str, *, then: str = "") -> None:
        """An answer to the last message."""
        headers = ("[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]", "[last_CSeq:]")
        self.send(f"SIP/2.0 {status}", *headers, then=then)

    def answer_invite(self, status: str, *extra: str, body: str = "") -> None:
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
        )

    def wait(self, seconds: float | None) -> None:
        """Stay in the call so long, or for ever; a BYE ends it."""
        on = self.label()
        self.receive("BYE", self.log("ended", "remote"), then="bye", limit=limit(seconds, on))
        self.place(on)

    def _send_request(
        self, dialog: Dialog, method: str, *extra: str, body: str = "", via: str = "", to: str = "", then: str = ""
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
            then=then,
        )


def limit(seconds: float | None, then: str) -> str:
    """How long an element waits and where it goes on then; SIPp needs it on each of several alternatives."""
    if seconds is None:
        return f'timeout="{LIMIT_MS}" ontimeout="stuck"'
    return f'timeout="{int(seconds * 1000)}" ontimeout="{then}"'


def sdp(direction: str = "sendrecv") -> str:
    """One audio stream in A-law; `direction` "sendonly" puts the other side on hold."""
    return (
        "v=0\no=phone 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
        "m=audio [media_port] RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\n"
        f"a={direction}\n"
    )
