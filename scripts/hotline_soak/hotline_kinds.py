"""Random calls to the hotline's queue: answered, given up, transferred, tried again."""

from __future__ import annotations

from random import Random

from hotline_lab.scenario import Line, Scenario
from hotline_soak.desks import Desk
from hotline_soak.pieces import (
    DEAF,
    GREETING,
    MEMBER_RINGS,
    QUEUE,
    RETRY,
    RINGS,
    Piece,
    caller,
    dials,
    one_caller,
    rings,
    seconds,
    short_ring,
    someone,
)


def answered(desk: Desk, random: Random) -> Piece:
    """The caller hangs up."""
    ring = short_ring(random)
    talk = seconds(random, GREETING + ring + 1.5, GREETING + ring + 9)
    return Piece(
        scenario=Scenario(
            title="answered",
            agents=(rings(desk.phone("1001"), f"ring {ring}, answer, stay"),),
            callers=(dials(caller(random), desk.line("12315"), f"talk {talk}, hang up"),),
        ),
        outcomes=("answered",),
    )


def agent_hangs_up(desk: Desk, random: Random) -> Piece:
    """The agent hangs up, now and then with the caller on hold in between."""
    hold = f"hold {seconds(random, 1, 4)}, talk 1, " if random.random() < 0.3 else ""
    plan = f"ring {short_ring(random)}, answer, talk {seconds(random, 1, 8)}, {hold}hang up"
    return _answered_by(desk, random, plan, title="agent hangs up")


def _answered_by(desk: Desk, random: Random, plan: str, *others: Line, title: str) -> Piece:
    return Piece(
        scenario=Scenario(
            title=title,
            agents=(rings(desk.phone("1001"), plan), *others),
            callers=(dials(caller(random), desk.line("12315"), "stay"),),
        ),
        outcomes=("answered",),
    )


def gives_up_in_queue(desk: Desk, random: Random) -> Piece:
    """The caller hangs up while a phone rings, or while none is free."""
    agents = (rings(desk.phone("1001"), DEAF),) if random.random() < 0.5 else ()
    talk = seconds(random, GREETING + 1.2, GREETING + QUEUE - 1.5)
    return Piece(
        scenario=Scenario(
            title="gives up in queue",
            agents=agents,
            callers=(dials(caller(random), desk.line("12315"), f"talk {talk}, hang up"),),
        ),
        outcomes=("abandoned_queue",),
    )


def gives_up_in_greeting(desk: Desk, random: Random) -> Piece:
    """The caller hangs up before the queue."""
    return one_caller("gives up in greeting", desk, random, "12315", "talk 0.3 1.2 hang up", "abandoned_greeting")


def second_agent(desk: Desk, random: Random) -> Piece:
    """The first lets it ring."""
    ring = round(random.uniform(0.3, 1.2), 1)
    wait = GREETING + MEMBER_RINGS + RETRY + ring
    talk = seconds(random, wait + 2, wait + 6)
    return Piece(
        scenario=Scenario(
            title="second agent",
            agents=(
                rings(desk.phone("1001"), DEAF),
                rings(desk.phone("1002"), f"ring {ring}, answer, stay"),
            ),
            callers=(dials(caller(random), desk.line("12315"), f"talk {talk}, hang up"),),
        ),
        outcomes=("answered",),
    )


def queue_timeout(desk: Desk, random: Random) -> Piece:
    """No agent is there."""
    return one_caller("queue timeout", desk, random, "12315", "stay", "queue_timeout")


def exit_key(desk: Desk, random: Random) -> Piece:
    """Out of the queue into the mailbox."""
    wait, speak = seconds(random, GREETING + 1.1, GREETING + 3), seconds(random, 12, 15)
    return Piece(
        scenario=Scenario(
            title="exit key",
            callers=(dials(caller(random), desk.line("12315"), f"talk {wait}, key 0, speak {speak}, hang up"),),
        ),
        outcomes=("voicemail",),
    )


def overflow(desk: Desk, random: Random) -> Piece:
    """The second queue answers."""
    plan = f"ring {short_ring(random)}, answer, talk {seconds(random, 1, 6)}, hang up"
    return Piece(
        scenario=Scenario(
            title="overflow",
            agents=(rings(desk.phone("1001"), DEAF), rings(desk.phone("1004"), plan)),
            callers=(dials(caller(random), desk.line("96301"), "stay"),),
        ),
        outcomes=("answered",),
    )


def blind_transfer(desk: Desk, random: Random) -> Piece:
    """A blind transfer to a colleague, who answers."""
    colleague = desk.phone("1003")
    return _answered_by(
        desk,
        random,
        f"ring {short_ring(random)}, answer, talk {seconds(random, 1.5, 4)}, transfer {colleague}",
        rings(colleague, f"ring {short_ring(random)}, answer, talk {seconds(random, 1.5, 5)}, hang up"),
        title="blind transfer",
    )


def transfer_comes_back(desk: Desk, random: Random) -> Piece:
    """A blind transfer to a colleague who does not answer: the agent has the caller again."""
    return Piece(
        scenario=Scenario(
            title="transfer comes back",
            agents=_transfers_to_nobody(
                desk, random, f"ring {short_ring(random)}, answer, talk {seconds(random, 1.5, 5)}, hang up"
            ),
            callers=(dials(caller(random), desk.line("12315"), "stay"),),
        ),
        outcomes=("answered",),
    )


def lost_after_transfer(desk: Desk, random: Random) -> Piece:
    """The same, and the caller gives up on the way back."""
    agents = _transfers_to_nobody(desk, random, DEAF)
    gives_up = GREETING + 2 + 4 + RINGS + random.uniform(1, 3)
    return Piece(
        scenario=Scenario(
            title="lost after transfer",
            agents=agents,
            callers=(dials(caller(random), desk.line("12315"), f"talk {gives_up:.1f}, hang up"),),
        ),
        outcomes=("answered",),
        is_lost_after_transfer=True,
    )


def _transfers_to_nobody(desk: Desk, random: Random, then: str) -> tuple[Line, Line]:
    """The agent's phone, with what it does when the caller comes back, and the colleague's."""
    colleague = desk.phone("1003")
    transfers = f"ring {short_ring(random)}, answer, talk {seconds(random, 1.5, 4)}, transfer {colleague}"
    return rings(desk.phone("1001"), transfers, then), rings(colleague, DEAF)


def attended_transfer(desk: Desk, random: Random) -> Piece:
    """An attended transfer to a colleague."""
    colleague = desk.phone("1003")
    first = f"ring {short_ring(random)}, answer, talk {seconds(random, 1.5, 3)}"
    consult = f"consult {colleague}, confer {seconds(random, 1.5, 3)}, complete"
    return _answered_by(
        desk,
        random,
        f"{first}, {consult}",
        rings(colleague, f"ring {short_ring(random)}, answer, talk {seconds(random, 6, 9)}, hang up"),
        title="attended transfer",
    )


def blonde_transfer(desk: Desk, random: Random) -> Piece:
    """A transfer to a colleague whose phone still rings."""
    colleague = desk.phone("1003")
    first = f"ring {short_ring(random)}, answer, talk {seconds(random, 1.5, 3)}"
    return _answered_by(
        desk,
        random,
        f"{first}, consult-ringing {colleague}, complete",
        rings(colleague, f"ring {seconds(random, 2.5, 3.5)}, answer, talk {seconds(random, 2, 5)}, hang up"),
        title="blonde transfer",
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
            agents=(rings(desk.phone("1001"), DEAF, "ring 0.5, answer, stay"),),
            callers=(
                dials(first, line, f"talk {seconds(random, 0.3, 1.2)}, hang up"),
                dials(second, line, f"talk {GREETING + 1.6:.1f}, hang up", at=again),
                dials(third, line, f"talk {GREETING + random.uniform(2.5, 6):.1f}, hang up", at=at_last),
            ),
        ),
        outcomes=("abandoned_greeting", "abandoned_queue", "answered"),
    )
