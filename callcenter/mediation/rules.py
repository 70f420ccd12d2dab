"""What a mediation is, who takes part, and when it counts as settled. Pure.

What the law asks of a mediation by telephone: both sides want it (SAMR Order 121, Art. 18), and a record is kept of it
(Art. 24).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from callcenter.calls.causes import DECLINED_CAUSES, NO_ROUTE_CAUSES, WRONG_NUMBER_CAUSES
from callcenter.calls.records import Outcome
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

LEG_ON_THE_WAY = timedelta(seconds=5)
"""Legs that were moved or dialled are in the room, or known to the PBX, within this."""

LEG_GIVEN_UP_AFTER = timedelta(minutes=3)
"""Nobody is rung so long: what became of a leg that no record has is not known."""

HOST_DEAD_AFTER = 3.0
"""Seconds without a packet. With the time between two looks and the move of the others it stays below five."""


class MediationState(StrEnum):
    """How far a mediation has come. A closed list."""

    APPOINTED = "appointed"
    """Both sides will be rung at an appointed time."""
    CALLING = "calling"
    """The host's phone is being rung, or the legs are on their way into the room."""
    OPEN = "open"
    """The host is in the room."""
    ENDED = "ended"


class LegRole(StrEnum):
    """As what somebody takes part. A closed list."""

    HOST = "host"
    CONSUMER = "consumer"
    MERCHANT = "merchant"
    MARKET_OFFICE = "market_office"
    """Of the market the merchant trades in; answers for the merchant."""
    INTERPRETER = "interpreter"
    OFFICER = "officer"


GUESTS = (LegRole.MERCHANT, LegRole.MARKET_OFFICE, LegRole.INTERPRETER, LegRole.OFFICER)
"""Who can be rung into a room."""

OTHER_SIDE = (LegRole.MERCHANT, LegRole.MARKET_OFFICE)
"""Who can agree with the consumer."""


class Result(StrEnum):
    """What came of it. A closed list."""

    SETTLED = "settled"
    NOT_SETTLED = "not_settled"
    REFUSED = "refused"
    """A side did not want to be mediated."""
    NO_ANSWER = "no_answer"
    """The other side could not be reached."""


class EndReason(StrEnum):
    """Why a mediation is over. A closed list."""

    BY_HOST = "by_host"
    BY_SUPERVISOR = "by_supervisor"
    HOST_GONE = "host_gone"
    """The host's phone hung up or fell silent."""
    HOST_NOT_REACHED = "host_not_reached"
    """At the appointed time, or the call had ended before the legs could be moved."""
    REFUSED_BY_PBX = "refused_by_pbx"
    CALLED_OFF = "called_off"


class LegFailure(StrEnum):
    """Why somebody who was rung never came into the room. A closed list."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    UNALLOCATED = "unallocated"
    """There is no such number."""
    UNREACHABLE = "unreachable"
    """The line or the network refused."""
    CALLED_OFF = "called_off"
    """The host had them no longer rung."""
    NOT_ALLOWED = "not_allowed"
    """Not rung: on the do-not-call list, outside the hours, or too often that day, when the time had come."""
    UNKNOWN = "unknown"


class RoomWord(StrEnum):
    """What the dialplan writes down about a leg (asterisk_conf/extensions.conf, mediation-log). A closed list."""

    ENTERED = "entered"
    HELD = "held"
    DISMISSED = "dismissed"
    """Thanked and hung up, as the host wished."""
    UNATTENDED = "unattended"
    """Hung up because the host was gone."""
    QUEUED = "queued"
    """The consumer went back to the head of the queue because the host was gone."""
    GONE = "gone"
    """The channel ended."""
    LOST = "lost"
    """Not the dialplan's word but ours: the PBX knows the channel no longer and has not said why."""


class LegCommand(StrEnum):
    """What the host can do with one leg. A closed list."""

    HOLD = "hold"
    RETURN = "return"
    MUTE = "mute"
    UNMUTE = "unmute"
    REMOVE = "remove"
    PRIVATE_WORD = "private-word"
    """Everybody else hears music meanwhile."""


class HostWord(StrEnum):
    """What else stands in the account of a mediation, beside commands for legs. A closed list."""

    STARTED = "started"
    APPOINTED = "appointed"
    CALLED = "called"
    NOT_REACHED = "not_reached"
    """`detail` is a LegFailure."""
    END = "end"
    """For all."""
    PARTICULARS = "particulars"
    CONSENT = "consent"
    """`detail` is what was said to taking part and to being recorded, as `yes,no`."""
    RECORDING_STOPPED = "recording_stopped"
    """The PBX has said that it records this leg no longer; without a leg, the room."""
    RECORDING_GOES_ON = "recording_goes_on"
    """It was refused and nobody knows that it has stopped; `detail` is a StopFailure."""
    AGREEMENT = "agreement"
    ANSWER = "answer"
    RESULT = "result"
    """`detail` is a Result."""
    ENDED = "ended"
    """`detail` is an EndReason."""
    FILES_UNREADABLE = "files_unreadable"


_LEAVING = (RoomWord.DISMISSED, RoomWord.UNATTENDED, RoomWord.QUEUED, RoomWord.GONE, RoomWord.LOST)


class Place(StrEnum):
    """Where a leg is. A closed list."""

    DIALLED = "dialled"
    ROOM = "room"
    HOLD = "hold"
    LEFT = "left"
    NOT_CALLED = "not_called"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomEvent:
    """One word of the dialplan about one channel."""

    at: datetime
    uniqueid: str
    word: RoomWord


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """A leg's time in a mediation, hold included."""

    joined_at: datetime | None
    left_at: datetime | None
    is_on_hold: bool
    last_word: RoomWord | None


def stay_of(events: Iterable[RoomEvent], uniqueid: str) -> Stay:
    """From the first word to the one that says they left, whatever order the words came to be known in."""
    own = sorted((event for event in events if event.uniqueid == uniqueid), key=lambda event: event.at)
    entered = next((event.at for event in own if event.word is RoomWord.ENTERED), None)
    left = next((event for event in own if event.word in _LEAVING), None)
    inside = [event.word for event in own if event.word in (RoomWord.ENTERED, RoomWord.HELD)]
    return Stay(
        joined_at=entered,
        left_at=left.at if left is not None else None,
        is_on_hold=left is None and inside[-1:] == [RoomWord.HELD],
        last_word=left.word if left is not None else inside[-1] if inside else None,
    )


def failure_of(outcome: Outcome, cause: int | None) -> LegFailure:
    """Why a call of ours that is over brought nobody into the room.

    The cause goes first: one who declines after it rang has no answer as the outcome of their call.
    """
    if outcome is Outcome.ANSWERED:
        return LegFailure.UNKNOWN
    if cause in WRONG_NUMBER_CAUSES or cause in NO_ROUTE_CAUSES:
        return LegFailure.UNALLOCATED
    if cause in DECLINED_CAUSES:
        return LegFailure.DECLINED
    match outcome:
        case Outcome.BUSY:
            return LegFailure.BUSY
        case Outcome.NO_ANSWER | Outcome.CANCELLED:
            return LegFailure.NO_ANSWER
        case Outcome.REJECTED | Outcome.FAILED:
            return LegFailure.UNREACHABLE
        case _:
            return LegFailure.UNKNOWN


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """What one who takes part has said so far; None is not asked yet."""

    role: LegRole
    takes_part: bool | None
    agrees: bool | None


def check_result(
    result: Result, sides: Sequence[Side], *, has_agreement: bool, amount_cents: int | None, due_on: date | None
) -> None:
    """Whether this may be written down as the result.

    Raises ConflictError naming what a settlement lacks: both sides' wish to take part, the agreement read back, both
    sides' yes; or where a due date has no amount. Who refuses to be recorded may settle all the same: the law asks for
    a record of the mediation (SAMR Order 121, Art. 24), not for sound.
    """
    if due_on is not None and amount_cents is None:
        raise ConflictError("A due date needs an amount.", code=ErrorCode.AMOUNT_REQUIRED)
    if result is not Result.SETTLED:
        return
    if not has_agreement:
        raise ConflictError("A settlement needs the text of the agreement.", code=ErrorCode.NO_AGREEMENT)
    for name, roles in (("consumer", (LegRole.CONSUMER,)), ("other side", OTHER_SIDE)):
        present = [side for side in sides if side.role in roles]
        if not any(side.takes_part for side in present):
            raise ConflictError(
                f"The {name} has not agreed to take part.", code=ErrorCode.SIDE_NOT_TAKING_PART, params={"side": name}
            )
        if not any(side.takes_part and side.agrees for side in present):
            raise ConflictError(
                f"The {name} has not said yes to the agreement.", code=ErrorCode.SIDE_NOT_AGREED, params={"side": name}
            )


def other_legs(places: Mapping[int, Place], wanted: int) -> Collection[int]:
    """Whom to put on hold for a private word with one leg: everybody else in the room."""
    return [leg for leg, place in places.items() if leg != wanted and place is Place.ROOM]
