"""The desks of the centre under soak: each has its own numbers, queues and agents, so calls of two never meet.

The first desk is the one of the lab itself; the others are added beside it when the lab starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DUTY_MOBILE = "13905190001"
"""Only one bank of mobiles can stand behind the trunk, so only the first desk forwards to one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Desk `number` 0 to 7, with the numbers of its lines and phones."""

    number: int

    def line(self, exten: str) -> str:
        """The number of this desk's line that is `exten` at the first desk."""
        return exten if self.number == 0 else f"8{self.number}{exten[2:]}"

    def phone(self, extension: str) -> str:
        """The extension of this desk that is `extension` at the first desk."""
        return f"1{self.number}{extension[2:]}"


DESKS: Sequence[Desk] = tuple(Desk(number=number) for number in range(8))


def more_phones(desks: Sequence[Desk] = DESKS) -> Sequence[str]:
    """The phones of the desks but the first."""
    return [desk.phone(f"10{number:02d}") for desk in desks if desk.number > 0 for number in range(1, 11)]


def more_config(desks: Sequence[Desk] = DESKS) -> Mapping[str, str]:
    """What is appended to the files of `asterisk_conf` for all desks but the first, by file."""
    added = [desk for desk in desks if desk.number > 0]
    return {
        "queues.conf": "".join(_queues(desk) for desk in added),
        "extensions.conf": _dialplan(added),
    }


def _queues(desk: Desk) -> str:
    def member(extension: str) -> str:
        return f"member => PJSIP/{desk.phone(extension)},0,Agent {desk.phone(extension)}\n"

    name = desk.number
    return (
        f"\n[hotline-{name}](line)\ncontext = queue-exit-key\n{member('1001')}{member('1002')}{member('1003')}"
        f"\n[overflow-{name}](line)\n{member('1004')}"
        f"\n[counter-{name}](line)\nmaxlen = 1\n{member('1005')}"
        f"\n[evening-{name}](line)\njoinempty = unavailable,invalid,unknown,paused\n{member('1006')}"
        f"\n[home-office-{name}](line)\n"
        f"member => Local/{desk.phone('1007')}@agent-phone/n,0,At home,PJSIP/{desk.phone('1007')}\n"
    )


def _dialplan(desks: Sequence[Desk]) -> str:
    return (
        "\n[from-trunk](+)\n"
        + "".join(_lines(desk) for desk in desks)
        + "\n[from-internal](+)\nexten => _1[1-7]XX,1,Goto(colleague,${EXTEN},1)\n"
        + "\n[agent-phone](+)\nexten => _1[1-7]XX,1,Dial(PJSIP/${EXTEN},${RING_SECONDS},t)\n"
    )


def _lines(desk: Desk) -> str:
    def waiting(exten: str, *queues: tuple[str, str]) -> str:
        waits = "".join(
            f" same => n,Gosub(wait-in-queue,s,1({queue}-{desk.number},${{{seconds}}}))\n" for queue, seconds in queues
        )
        return f"exten => {desk.line(exten)},1,Gosub(greeting,s,1)\n{waits} same => n,Hangup(17)\n"

    def like_first(*extens: str) -> str:
        return "".join(f"exten => {desk.line(exten)},1,Goto({exten},1)\n" for exten in extens)

    one = f"PJSIP/{desk.phone('1008')}"
    all_three = "&".join(f"PJSIP/{desk.phone(extension)}" for extension in ("1008", "1009", "1010"))
    return (
        waiting("12315", ("hotline", "QUEUE_SECONDS"))
        + waiting("96301", ("hotline", "OVERFLOW_SECONDS"), ("overflow", "QUEUE_SECONDS"))
        + waiting("96304", ("counter", "QUEUE_SECONDS"))
        + waiting("96305", ("evening", "QUEUE_SECONDS"))
        + waiting("96306", ("home-office", "QUEUE_SECONDS"))
        + like_first("96302", "96303", "96310", "96311", "96312")
        + "".join(
            f"exten => {desk.line(exten)},1,Gosub(record-dialled,s,1)\n"
            f" same => n,Dial({phones},${{RING_SECONDS}},taA(${{NOTICE}}:${{NOTICE}}))\n"
            " same => n,Goto(dial-exit,${DIALSTATUS},1)\n"
            for exten, phones in (("96307", one), ("96308", all_three))
        )
    )
