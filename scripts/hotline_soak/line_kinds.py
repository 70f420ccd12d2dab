"""Random calls to the other lines: closed, refused, other queues, an agent's own phone, the mobile on duty."""

from __future__ import annotations

from random import Random

from hotline_lab.scenario import Scenario
from hotline_soak.desks import DUTY_MOBILE, Desk
from hotline_soak.pieces import (
    DEAF,
    GREETING,
    NOTICE,
    PEOPLE,
    QUEUE,
    Piece,
    caller,
    dials,
    one_caller,
    rings,
    seconds,
    short_ring,
    someone,
)


def closed(desk: Desk, random: Random) -> Piece:
    """After hours, without a mailbox."""
    return one_caller("closed", desk, random, "96302", "stay", "after_hours")


def mailbox_abandoned(desk: Desk, random: Random) -> Piece:
    """After hours; the mailbox begins after 3.4 to 3.9 s and records after 10 s."""
    return one_caller("mailbox abandoned", desk, random, "96303", "talk 5.2 8.5 hang up", "voicemail_abandoned")


def message_left(desk: Desk, random: Random) -> Piece:
    """After hours, with a message of several seconds."""
    return one_caller("message left", desk, random, "96303", "speak 16 19 hang up", "voicemail")


def queue_full(desk: Desk, random: Random) -> Piece:
    """Two callers for a queue that takes one."""
    line, at = desk.line("96304"), round(random.uniform(1.2, 2), 1)
    first, second = random.choice(someone(random)), caller(random)
    talk = seconds(random, GREETING + at + 1.5, GREETING + QUEUE - 1.5)
    return Piece(
        scenario=Scenario(
            title="queue full",
            callers=(dials(first, line, f"talk {talk}, hang up"), dials(second, line, "stay", at=at)),
        ),
        outcomes=("abandoned_queue", "queue_full"),
    )


def queue_join_empty(desk: Desk, random: Random) -> Piece:
    """No caller may wait in a queue without agents on duty."""
    return one_caller("queue join empty", desk, random, "96305", "stay", "queue_empty")


def at_home(desk: Desk, random: Random) -> Piece:
    """A member behind a Local channel."""
    plan = f"ring {short_ring(random)}, answer, talk {seconds(random, 1.5, 6)}, hang up"
    return Piece(
        scenario=Scenario(
            title="at home",
            agents=(rings(desk.phone("1007"), plan),),
            callers=(dials(caller(random), desk.line("96306"), "stay"),),
        ),
        outcomes=("answered",),
    )


def busy_line(desk: Desk, random: Random) -> Piece:
    """Busy by the dialplan."""
    return one_caller("busy line", desk, random, "96310", "stay", "busy")


def congested_line(desk: Desk, random: Random) -> Piece:
    """Congestion by the dialplan."""
    return one_caller("congested line", desk, random, "96311", "stay", "rejected")


def rejected_line(desk: Desk, random: Random) -> Piece:
    """Refused by the dialplan."""
    return one_caller("rejected line", desk, random, "96312", "stay", "rejected")


def direct_answered(desk: Desk, random: Random) -> Piece:
    """An agent's own number."""
    plan = f"ring {short_ring(random)}, answer, stay"
    return _direct(
        "direct answered", desk, random, plan, f"talk {seconds(random, NOTICE + 1, NOTICE + 8)}, hang up", "answered"
    )


def direct_busy(desk: Desk, random: Random) -> Piece:
    """The agent's phone is busy."""
    return _direct("direct busy", desk, random, "busy", "stay", "busy")


def direct_no_answer(desk: Desk, random: Random) -> Piece:
    """The agent does not answer."""
    return _direct("direct no answer", desk, random, DEAF, "stay", "no_answer")


def direct_given_up(desk: Desk, random: Random) -> Piece:
    """The caller hangs up while it rings."""
    return _direct("direct given up", desk, random, DEAF, f"cancel {seconds(random, 1.2, 3.5)}", "no_answer")


def ring_group(desk: Desk, random: Random) -> Piece:
    """Three phones ring, one answers."""
    extensions = [desk.phone(extension) for extension in ("1008", "1009", "1010")]
    quick = random.choice(extensions)
    plan = f"ring {short_ring(random)}, answer, talk {seconds(random, NOTICE + 1.5, NOTICE + 5)}, hang up"
    return Piece(
        scenario=Scenario(
            title="ring group",
            agents=tuple(rings(extension, plan if extension == quick else DEAF) for extension in extensions),
            callers=(dials(caller(random), desk.line("96308"), "stay"),),
        ),
        outcomes=("answered",),
        notice_seconds=NOTICE,
    )


def mobile_answers(desk: Desk, random: Random) -> Piece:
    """Forwarded to the mobile on duty."""
    plan = f"ring {short_ring(random)}, answer, talk {seconds(random, NOTICE + 1.5, NOTICE + 5)}, hang up"
    return _forwarded("mobile answers", desk, random, plan, "answered")


def mobile_does_not_answer(desk: Desk, random: Random) -> Piece:
    """Forwarded to the mobile, which does not answer."""
    return _forwarded("mobile does not answer", desk, random, DEAF, "no_answer")


def outbound(desk: Desk, random: Random) -> Piece:
    """An agent calls a customer: no inbound call, whatever its result."""
    number = f"1380519{random.randrange(PEOPLE):04d}"
    plans = (f"ring {short_ring(random)}, answer, talk {seconds(random, 1.5, 5)}, hang up", "busy", DEAF)
    return Piece(
        scenario=Scenario(
            title="outbound",
            mobiles=(rings(number, random.choice(plans)),),
            diallers=(dials(desk.phone("1008"), number, "stay"),),
        ),
        outcomes=(),
    )


def _direct(title: str, desk: Desk, random: Random, phone: str, plan: str, outcome: str) -> Piece:
    return Piece(
        scenario=Scenario(
            title=title,
            agents=(rings(desk.phone("1008"), phone),),
            callers=(dials(caller(random), desk.line("96307"), plan),),
        ),
        outcomes=(outcome,),
        notice_seconds=NOTICE,
    )


def _forwarded(title: str, desk: Desk, random: Random, plan: str, outcome: str) -> Piece:
    return Piece(
        scenario=Scenario(
            title=title,
            mobiles=(rings(DUTY_MOBILE, plan),),
            callers=(dials(caller(random), desk.line("96309"), "stay"),),
        ),
        outcomes=(outcome,),
        notice_seconds=NOTICE,
    )
