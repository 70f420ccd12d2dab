"""Random calls of every recorded kind: who rings, how long, who answers, and the outcome that must be recorded.

Every kind keeps a second between what decides the outcome and what would decide it otherwise, so that a busy machine
does not turn one outcome into another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hotline_lab.scenario import DIALLING_STEPS, RUNG_STEPS, TALKING_STEPS, Dialler, Line, Scenario, parse_plan
from hotline_soak.desks import DUTY_MOBILE, Desk

GREETING = 2.9
"""Seconds from the answer until a caller stands in a queue, at most."""
QUEUE, MEMBER_RINGS, RETRY = 8.0, 4.0, 1.0
"""As the lab's dialplan and queues have it."""
PEOPLE = 60
WITHHELD = 0.06


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A play and the outcomes of its inbound callers, in the order in which they ring."""

    scenario: Scenario
    outcomes: tuple[str, ...]
    is_lost_after_transfer: bool = False


Kind = Callable[[Desk, Random], Piece]


def someone(random: Random) -> tuple[str, ...]:
    """One of the people, in every form in which a gateway may show the number."""
    if random.random() < 0.5:
        local = f"86{random.randrange(PEOPLE):06d}"
        return local, f"0519{local}"
    mobile = f"1380519{random.randrange(PEOPLE):04d}"
    return mobile, f"0{mobile}", f"86{mobile}", f"0086{mobile}"


def _caller(random: Random) -> str:
    return "" if random.random() < WITHHELD else random.choice(someone(random))


def _rings(extension: str, *plans: str) -> Line:
    return Line(number=extension, calls=tuple(parse_plan(plan, RUNG_STEPS | TALKING_STEPS) for plan in plans))


def _dials(number: str, exten: str, plan: str, *, at: float = 0.0) -> Dialler:
    return Dialler(number=number, name="", dials=exten, at=at, plan=parse_plan(plan, DIALLING_STEPS | TALKING_STEPS))


def _short_ring(random: Random) -> float:
    return round(random.uniform(0.3, 2.0), 1)


def _seconds(random: Random, least: float, most: float) -> str:
    return f"{random.uniform(least, most):.1f}"


_DEAF = "ring 60, busy"


def answered(desk: Desk, random: Random) -> Piece:
    """The caller hangs up."""
    ring = _short_ring(random)
    talk = _seconds(random, GREETING + ring + 1.5, GREETING + ring + 9)
    return Piece(
        scenario=Scenario(
            title="answered",
            agents=(_rings(desk.phone("1001"), f"ring {ring}, answer, stay"),),
            callers=(_dials(_caller(random), desk.line("12315"), f"talk {talk}, hang up"),),
        ),
        outcomes=("answered",),
    )


def agent_hangs_up(desk: Desk, random: Random) -> Piece:
    """The agent hangs up, now and then with the caller on hold in between."""
    hold = f"hold {_seconds(random, 1, 4)}, talk 1, " if random.random() < 0.3 else ""
    plan = f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1, 8)}, {hold}hang up"
    return _answered_by(desk, random, plan, title="agent hangs up")


def _answered_by(desk: Desk, random: Random, plan: str, *others: Line, title: str, is_lost: bool = False) -> Piece:
    return Piece(
        scenario=Scenario(
            title=title,
            agents=(_rings(desk.phone("1001"), plan), *others),
            callers=(_dials(_caller(random), desk.line("12315"), "stay"),),
        ),
        outcomes=("answered",),
        is_lost_after_transfer=is_lost,
    )


def gives_up_in_queue(desk: Desk, random: Random) -> Piece:
    """While a phone rings, or while there is none."""
    agents = (_rings(desk.phone("1001"), _DEAF),) if random.random() < 0.5 else ()
    talk = _seconds(random, GREETING + 1.2, GREETING + QUEUE - 1.5)
    return Piece(
        scenario=Scenario(
            title="gives up in queue",
            agents=agents,
            callers=(_dials(_caller(random), desk.line("12315"), f"talk {talk}, hang up"),),
        ),
        outcomes=("abandoned_queue",),
    )


def gives_up_in_greeting(desk: Desk, random: Random) -> Piece:
    """Before the queue."""
    return _one_caller("gives up in greeting", desk, random, "12315", "talk 0.3 1.2 hang up", "abandoned_greeting")


def second_agent(desk: Desk, random: Random) -> Piece:
    """The first lets it ring."""
    ring = round(random.uniform(0.3, 1.2), 1)
    wait = GREETING + MEMBER_RINGS + RETRY + ring
    talk = _seconds(random, wait + 2, wait + 6)
    return Piece(
        scenario=Scenario(
            title="second agent",
            agents=(
                _rings(desk.phone("1001"), _DEAF),
                _rings(desk.phone("1002"), f"ring {ring}, answer, stay"),
            ),
            callers=(_dials(_caller(random), desk.line("12315"), f"talk {talk}, hang up"),),
        ),
        outcomes=("answered",),
    )


def queue_timeout(desk: Desk, random: Random) -> Piece:
    """Nobody is there."""
    return _one_caller("queue timeout", desk, random, "12315", "stay", "queue_timeout")


def exit_key(desk: Desk, random: Random) -> Piece:
    """Out of the queue into the mailbox."""
    wait, speak = _seconds(random, GREETING + 1.1, GREETING + 3), _seconds(random, 12, 15)
    return Piece(
        scenario=Scenario(
            title="exit key",
            callers=(_dials(_caller(random), desk.line("12315"), f"talk {wait}, key 0, speak {speak}, hang up"),),
        ),
        outcomes=("voicemail",),
    )


def overflow(desk: Desk, random: Random) -> Piece:
    """The second queue answers."""
    plan = f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1, 6)}, hang up"
    return Piece(
        scenario=Scenario(
            title="overflow",
            agents=(_rings(desk.phone("1001"), _DEAF), _rings(desk.phone("1004"), plan)),
            callers=(_dials(_caller(random), desk.line("96301"), "stay"),),
        ),
        outcomes=("answered",),
    )


def blind_transfer(desk: Desk, random: Random) -> Piece:
    """To a colleague, who answers."""
    colleague = desk.phone("1003")
    return _answered_by(
        desk,
        random,
        f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1.5, 4)}, transfer {colleague}",
        _rings(colleague, f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1.5, 5)}, hang up"),
        title="blind transfer",
    )


def lost_after_transfer(desk: Desk, random: Random) -> Piece:
    """To a colleague, who does not answer."""
    colleague = desk.phone("1003")
    return _answered_by(
        desk,
        random,
        f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1.5, 4)}, transfer {colleague}",
        _rings(colleague, _DEAF),
        title="lost after transfer",
        is_lost=True,
    )


def attended_transfer(desk: Desk, random: Random) -> Piece:
    """To a colleague who was asked first."""
    colleague = desk.phone("1003")
    first = f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1.5, 3)}"
    consult = f"consult {colleague}, confer {_seconds(random, 1.5, 3)}, complete"
    return _answered_by(
        desk,
        random,
        f"{first}, {consult}",
        _rings(colleague, f"ring {_short_ring(random)}, answer, talk {_seconds(random, 6, 9)}, hang up"),
        title="attended transfer",
    )


def third_try(desk: Desk, random: Random) -> Piece:
    """The same person rings three times, each time shown in another form, and is answered the last time."""
    forms = someone(random)
    first, second, third = (random.choice(forms) for _ in range(3))
    line = desk.line("12315")
    again = round(random.uniform(2.5, 4), 1)
    at_last = again + GREETING + 4 + round(random.uniform(1, 2), 1)
    return Piece(
        scenario=Scenario(
            title="third try",
            agents=(_rings(desk.phone("1001"), _DEAF, "ring 0.5, answer, stay"),),
            callers=(
                _dials(first, line, f"talk {_seconds(random, 0.3, 1.2)}, hang up"),
                _dials(second, line, f"talk {GREETING + 1.6:.1f}, hang up", at=again),
                _dials(third, line, f"talk {GREETING + random.uniform(2.5, 6):.1f}, hang up", at=at_last),
            ),
        ),
        outcomes=("abandoned_greeting", "abandoned_queue", "answered"),
    )


def closed(desk: Desk, random: Random) -> Piece:
    """After hours, without a mailbox."""
    return _one_caller("closed", desk, random, "96302", "stay", "after_hours")


def mailbox_abandoned(desk: Desk, random: Random) -> Piece:
    """After hours; the mailbox begins after 3.4 to 3.9 s and records after 10 s."""
    return _one_caller("mailbox abandoned", desk, random, "96303", "talk 5.2 8.5 hang up", "voicemail_abandoned")


def message_left(desk: Desk, random: Random) -> Piece:
    """After hours, with a message of several seconds."""
    return _one_caller("message left", desk, random, "96303", "speak 16 19 hang up", "voicemail")


def queue_full(desk: Desk, random: Random) -> Piece:
    """Two callers for a queue that takes one."""
    line, at = desk.line("96304"), round(random.uniform(1.2, 2), 1)
    first, second = random.choice(someone(random)), _caller(random)
    talk = _seconds(random, GREETING + at + 1.5, GREETING + QUEUE - 1.5)
    return Piece(
        scenario=Scenario(
            title="queue full",
            callers=(_dials(first, line, f"talk {talk}, hang up"), _dials(second, line, "stay", at=at)),
        ),
        outcomes=("abandoned_queue", "queue_full"),
    )


def queue_join_empty(desk: Desk, random: Random) -> Piece:
    """Nobody may wait where nobody is on duty."""
    return _one_caller("queue join empty", desk, random, "96305", "stay", "queue_empty")


def at_home(desk: Desk, random: Random) -> Piece:
    """A member behind a Local channel."""
    plan = f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1.5, 6)}, hang up"
    return Piece(
        scenario=Scenario(
            title="at home",
            agents=(_rings(desk.phone("1007"), plan),),
            callers=(_dials(_caller(random), desk.line("96306"), "stay"),),
        ),
        outcomes=("answered",),
    )


def busy_line(desk: Desk, random: Random) -> Piece:
    """Busy by the dialplan."""
    return _one_caller("busy line", desk, random, "96310", "stay", "busy")


def congested_line(desk: Desk, random: Random) -> Piece:
    """Congestion by the dialplan."""
    return _one_caller("congested line", desk, random, "96311", "stay", "rejected")


def rejected_line(desk: Desk, random: Random) -> Piece:
    """Refused by the dialplan."""
    return _one_caller("rejected line", desk, random, "96312", "stay", "rejected")


def direct_answered(desk: Desk, random: Random) -> Piece:
    """An agent's own number."""
    plan = f"ring {_short_ring(random)}, answer, stay"
    return _direct("direct answered", desk, random, plan, f"talk {_seconds(random, 1, 8)}, hang up", "answered")


def direct_busy(desk: Desk, random: Random) -> Piece:
    """The agent's phone is busy."""
    return _direct("direct busy", desk, random, "busy", "stay", "busy")


def direct_no_answer(desk: Desk, random: Random) -> Piece:
    """The agent lets it ring."""
    return _direct("direct no answer", desk, random, _DEAF, "stay", "no_answer")


def direct_given_up(desk: Desk, random: Random) -> Piece:
    """The caller loses patience."""
    return _direct("direct given up", desk, random, _DEAF, f"cancel {_seconds(random, 1.2, 3.5)}", "no_answer")


def ring_group(desk: Desk, random: Random) -> Piece:
    """Three phones ring, one answers."""
    extensions = [desk.phone(extension) for extension in ("1008", "1009", "1010")]
    quick = random.choice(extensions)
    plan = f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1.5, 5)}, hang up"
    return Piece(
        scenario=Scenario(
            title="ring group",
            agents=tuple(_rings(extension, plan if extension == quick else _DEAF) for extension in extensions),
            callers=(_dials(_caller(random), desk.line("96308"), "stay"),),
        ),
        outcomes=("answered",),
    )


def mobile_answers(desk: Desk, random: Random) -> Piece:
    """Forwarded to the mobile on duty."""
    plan = f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1.5, 5)}, hang up"
    return _forwarded("mobile answers", desk, random, plan, "answered")


def mobile_does_not_answer(desk: Desk, random: Random) -> Piece:
    """Forwarded in vain."""
    return _forwarded("mobile does not answer", desk, random, _DEAF, "no_answer")


def outbound(desk: Desk, random: Random) -> Piece:
    """An agent rings a customer: no inbound call, whatever becomes of it."""
    number = f"1380519{random.randrange(PEOPLE):04d}"
    plans = (f"ring {_short_ring(random)}, answer, talk {_seconds(random, 1.5, 5)}, hang up", "busy", _DEAF)
    return Piece(
        scenario=Scenario(
            title="outbound",
            mobiles=(_rings(number, random.choice(plans)),),
            diallers=(_dials(desk.phone("1008"), number, "stay"),),
        ),
        outcomes=(),
    )


def _one_caller(title: str, desk: Desk, random: Random, exten: str, plan: str, outcome: str) -> Piece:
    """`plan` may give a least and a most of seconds: `talk 1 3 hang up`."""
    words = plan.split(maxsplit=3)
    if len(words) == 4:
        plan = f"{words[0]} {_seconds(random, float(words[1]), float(words[2]))}, {words[3]}"
    return Piece(
        scenario=Scenario(title=title, callers=(_dials(_caller(random), desk.line(exten), plan),)), outcomes=(outcome,)
    )


def _direct(title: str, desk: Desk, random: Random, phone: str, plan: str, outcome: str) -> Piece:
    return Piece(
        scenario=Scenario(
            title=title,
            agents=(_rings(desk.phone("1008"), phone),),
            callers=(_dials(_caller(random), desk.line("96307"), plan),),
        ),
        outcomes=(outcome,),
    )


def _forwarded(title: str, desk: Desk, random: Random, plan: str, outcome: str) -> Piece:
    return Piece(
        scenario=Scenario(
            title=title,
            mobiles=(_rings(DUTY_MOBILE, plan),),
            callers=(_dials(_caller(random), desk.line("96309"), "stay"),),
        ),
        outcomes=(outcome,),
    )


LANES: Mapping[str, Sequence[Kind]] = {
    "hotline": (
        answered,
        answered,
        agent_hangs_up,
        gives_up_in_queue,
        gives_up_in_greeting,
        second_agent,
        queue_timeout,
        exit_key,
        overflow,
        blind_transfer,
        lost_after_transfer,
        attended_transfer,
        third_try,
    ),
    "evening": (closed, mailbox_abandoned, message_left),
    "queues": (queue_full, queue_join_empty, at_home),
    "refused": (busy_line, congested_line, rejected_line),
    "direct": (direct_answered, direct_busy, direct_no_answer, direct_given_up, ring_group),
}
"""Kinds that share an agent or a line stand in one lane, which has one call at a time at each desk."""

MOBILE_KINDS: Sequence[Kind] = (mobile_answers, mobile_does_not_answer, outbound)
"""In the lane of direct calls of the first desk."""
