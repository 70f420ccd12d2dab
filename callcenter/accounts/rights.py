"""What users may do: named rights, and roles as sets of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from callcenter.error_codes import ErrorCode
from callcenter.errors import RefusedError


class Right(StrEnum):
    """One thing that somebody may be allowed to do. A closed list.

    Every user who is signed in may see and change the own session, preferences, password and tokens.
    """

    SEE_CALLS = "see_calls"
    """Calls of all users, anomalies and gaps, with the numbers masked."""
    SEE_CALLBACKS = "see_callbacks"
    """The callback list and what was noted of each caller, with the numbers masked."""
    WORK_CALLBACKS = "work_callbacks"
    """Claim callers of the own queues, promise them a time, note what was said, hand over."""
    LEAD_CALLBACKS = "lead_callbacks"
    """Do what WORK_CALLBACKS allows with callers of every queue and of every agent."""
    SIGN_UNREACHABLE = "sign_unreachable"
    """Decide that a caller whom nobody reached is called no more."""

    TAKE_CALLS = "take_calls"
    """Sign on at a device, pause, wrap up."""
    SEE_AGENTS = "see_agents"
    """Who is signed on where, the devices and the queues, the own times and what concerns oneself now."""
    MANAGE_AGENTS = "manage_agents"
    """Give agents skills, pause them or sign them off, and move waiting callers."""
    SUPERVISE_CALLS = "supervise_calls"
    """Listen to a call, whisper to its agent, barge in."""

    DIAL = "dial"
    """Dial through the PBX and judge the own dials; see the directory."""
    SEE_DIALS = "see_dials"
    """What all users dialled and what was refused."""
    MANAGE_DIRECTORY = "manage_directory"
    MANAGE_DO_NOT_CALL = "manage_do_not_call"
    LOOK_UP_NUMBERS = "look_up_numbers"
    """See the whole number of one caller, and find the own calls with a number: so many an hour, each one logged."""
    UNMASK_NUMBERS = "unmask_numbers"
    """See whole numbers and find all calls with a number: without a limit, each one logged."""

    HEAR_RECORDINGS = "hear_recordings"
    """Hear the recordings of own calls and mediations."""
    HEAR_ALL_RECORDINGS = "hear_all_recordings"
    """What HEAR_RECORDINGS allows, of all users."""
    DOWNLOAD_RECORDINGS = "download_recordings"
    HOLD_RECORDINGS = "hold_recordings"
    """Place and lift legal holds."""
    CHECK_RECORDINGS = "check_recordings"
    """See which recordings are missing, which were deleted, and how much room is left."""
    HEAR_MESSAGES = "hear_messages"
    """Hear the messages that callers left."""

    MEDIATE = "mediate"
    """Hold mediations and see the own ones."""
    LEAD_MEDIATIONS = "lead_mediations"
    """What MEDIATE allows, of all users."""

    SEE_BOARD = "see_board"
    """The wallboard and its hours."""
    SEE_DEFINITIONS = "see_definitions"
    """How figures are defined."""
    SEE_STATISTICS = "see_statistics"
    """Figures of calls, agents and mediations."""
    SEE_REPORTS = "see_reports"
    """Analysis reports that were released; whoever writes or signs them sees drafts too."""
    WRITE_REPORTS = "write_reports"
    """Draft and write analysis reports, submit and correct them; the duty of an analyst allows it too."""
    SIGN_REPORTS = "sign_reports"
    """Release an analysis report or send it back: directors alone, and not its authors. It is not inherited."""
    SEE_AUDIT = "see_audit"
    SETTLE_DISAGREEMENTS = "settle_disagreements"
    """See calls on which the two witnesses disagree, and settle them."""

    SEE_ANALYSIS = "see_analysis"
    """What was frozen of each period, and what is news in it. It comes with a duty too."""
    ANALYSE = "analyse"
    """Freeze a period by hand, and judge what is news. It comes with a duty too."""

    SEE_DEADLINES = "see_deadlines"
    """The time limits of casework and their sources, and what they would make due."""

    SEE_TICKETS = "see_tickets"
    """What callers want, with the persons masked: officers that of their unit, all others all."""
    REGISTER_TICKETS = "register_tickets"
    """Register what a caller wants, answer an enquiry, say what became of an answered call."""
    CHANGE_TICKETS = "change_tickets"
    """Correct what a ticket says, note, link, and write down who was told."""
    FORWARD_TICKETS = "forward_tickets"
    """Send a matter to the unit that handles it, and raise its priority."""
    HANDLE_TICKETS = "handle_tickets"
    """Accept, refuse, give back, settle, end and complete matters: officers those of their unit, supervisors all."""
    SIGN_CASES = "sign_cases"
    """Sign that a case is filed or not, give more time, withdraw a flag: directors alone. It is not inherited."""
    WRITE_ADVISORIES = "write_advisories"
    """Draft warnings, letters and interviews, send what was signed, note what came of it; an analyst's duty allows it
    too."""
    SIGN_ADVISORIES = "sign_advisories"
    """Sign, correct and withdraw them: directors alone, and not their authors. It is not inherited."""
    SEE_DISPOSITIONS = "see_dispositions"
    """Which answered calls became no matter, and of which nobody has said why."""
    LEAD_TICKETS = "lead_tickets"
    """Lower a priority, void and reopen matters; merge matters, or merchants, and take them apart."""
    IMPORT_TICKETS = "import_tickets"
    """Take in matters from a file of the national platform, and compare the register with it."""

    SEE_UNITS = "see_units"
    """The units that handle matters, who belongs to them, and whom to ring there, with the numbers masked."""
    MANAGE_UNITS = "manage_units"
    """Add units, close them, say who belongs to them and whom to ring there."""
    SEE_CONTACTS = "see_contacts"
    """Whom to reach at units and merchants, with the numbers masked: officers those of their unit, all others all."""
    MANAGE_CONTACTS = "manage_contacts"
    """Keep those people, and say that they were verified."""
    SEE_BROADCASTS = "see_broadcasts"
    """Who of all that a broadcast goes to has acknowledged."""
    LEAD_BROADCASTS = "lead_broadcasts"
    """Start a broadcast, write down who acknowledged, let it end."""
    SEE_MERCHANTS = "see_merchants"
    """Whom matters are about."""
    MANAGE_MERCHANTS = "manage_merchants"
    """Add merchants, and correct what is known of them."""

    SEE_CODES = "see_codes"
    """The lists of codes by which matters are counted."""
    MANAGE_CODES = "manage_codes"
    """Add codes, and let them end."""
    SIGN_BULLETINS = "sign_bulletins"
    """Sign what is said of units' work, and decide appeals against it: directors alone. It is not inherited."""
    DECIDE_RULES = "decide_rules"
    """Say what the office has decided: the numbers by which matters are judged."""

    SEE_HOURS = "see_hours"
    MANAGE_HOURS = "manage_hours"
    SEE_DUTY = "see_duty"
    """The duty roster, unanswered emergencies and warnings about the calendar."""
    SWAP_DUTY = "swap_duty"
    """Ask for a swap of an own shift, and accept or refuse one."""
    MANAGE_DUTY = "manage_duty"
    """Keep the duty roster, and approve swaps."""

    SEE_ALARMS = "see_alarms"
    """Late callbacks, and faults of the system itself."""
    HANDLE_ALARMS = "handle_alarms"
    """Acknowledge alarms."""

    MANAGE_USERS = "manage_users"
    """Add users, disable them, give them roles, duties, passwords and tokens."""
    MANAGE_SCREENS = "manage_screens"
    """Make links for screens on the wall, and revoke them."""
    SEE_ACCESS_LOG = "see_access_log"
    """Who saw, heard or changed what."""


class Role(StrEnum):
    """What somebody is, which says what they may do. A closed list."""

    SCREEN = "screen"
    """On the wall, where nobody sits; all others are users."""
    OFFICER = "officer"
    """Of a unit that handles matters, and not of the hotline."""
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    DIRECTOR = "director"
    """Sees what a supervisor sees, and decides on matters; leads neither agents nor their calls."""
    ADMIN = "admin"
    """Keeps the system. What is done on a matter needs somebody who works on matters: no role inherits it."""

    @property
    def rights(self) -> frozenset[Right]:
        """What this role may do."""
        return RIGHTS[self]


class Duty(StrEnum):
    """What somebody does beside the role, by name. A closed list; a user may have several, or none."""

    ANALYST = "analyst"
    """Evaluates what is complained of."""
    QUALITY = "quality"
    """Judges how calls and matters were dealt with."""
    SURVEYOR = "surveyor"
    """Asks callers afterwards whether they were content."""
    PRIVACY = "privacy"
    """Answers for personal data, and sees who reported something."""
    LEGAL = "legal"
    """Examines decisions."""


_SCREEN = frozenset({Right.SEE_BOARD})
_CASEWORK = frozenset(
    {
        Right.SEE_TICKETS,
        Right.SEE_UNITS,
        Right.SEE_MERCHANTS,
        Right.SEE_CODES,
        Right.SEE_DEADLINES,
        Right.SEE_CONTACTS,
        Right.SEE_REPORTS,
    }
)
_OFFICER = _CASEWORK | {Right.CHANGE_TICKETS, Right.HANDLE_TICKETS, Right.MANAGE_MERCHANTS}
_AGENT = (
    _SCREEN
    | _CASEWORK
    | {
        Right.SEE_CALLS,
        Right.SEE_CALLBACKS,
        Right.WORK_CALLBACKS,
        Right.TAKE_CALLS,
        Right.SEE_AGENTS,
        Right.DIAL,
        Right.LOOK_UP_NUMBERS,
        Right.HEAR_RECORDINGS,
        Right.HEAR_MESSAGES,
        Right.MEDIATE,
        Right.SEE_DEFINITIONS,
        Right.REGISTER_TICKETS,
        Right.CHANGE_TICKETS,
        Right.FORWARD_TICKETS,
        Right.MANAGE_MERCHANTS,
        Right.SEE_BROADCASTS,
        Right.SEE_HOURS,
        Right.SEE_DUTY,
        Right.SWAP_DUTY,
    }
)
_SUPERVISOR = _AGENT | {
    Right.LEAD_CALLBACKS,
    Right.SIGN_UNREACHABLE,
    Right.MANAGE_AGENTS,
    Right.SUPERVISE_CALLS,
    Right.SEE_DIALS,
    Right.MANAGE_DIRECTORY,
    Right.MANAGE_DO_NOT_CALL,
    Right.UNMASK_NUMBERS,
    Right.HEAR_ALL_RECORDINGS,
    Right.DOWNLOAD_RECORDINGS,
    Right.HOLD_RECORDINGS,
    Right.CHECK_RECORDINGS,
    Right.LEAD_MEDIATIONS,
    Right.SEE_STATISTICS,
    Right.WRITE_REPORTS,
    Right.SEE_AUDIT,
    Right.SEE_ANALYSIS,
    Right.ANALYSE,
    Right.SETTLE_DISAGREEMENTS,
    Right.HANDLE_TICKETS,
    Right.SEE_DISPOSITIONS,
    Right.LEAD_TICKETS,
    Right.MANAGE_CODES,
    Right.MANAGE_CONTACTS,
    Right.LEAD_BROADCASTS,
    Right.WRITE_ADVISORIES,
    Right.MANAGE_HOURS,
    Right.MANAGE_DUTY,
    Right.SEE_ALARMS,
    Right.HANDLE_ALARMS,
    Right.MANAGE_SCREENS,
}
_DIRECTOR = (
    _SCREEN
    | _CASEWORK
    | {
        Right.SEE_CALLS,
        Right.SEE_CALLBACKS,
        Right.SEE_AGENTS,
        Right.SEE_DIALS,
        Right.UNMASK_NUMBERS,
        Right.HEAR_RECORDINGS,
        Right.HEAR_ALL_RECORDINGS,
        Right.CHECK_RECORDINGS,
        Right.HEAR_MESSAGES,
        Right.SEE_DEFINITIONS,
        Right.SEE_STATISTICS,
        Right.SEE_AUDIT,
        Right.SEE_ANALYSIS,
        Right.ANALYSE,
        Right.SEE_DISPOSITIONS,
        Right.CHANGE_TICKETS,
        Right.FORWARD_TICKETS,
        Right.LEAD_TICKETS,
        Right.SIGN_CASES,
        Right.WRITE_REPORTS,
        Right.SIGN_REPORTS,
        Right.SIGN_BULLETINS,
        Right.WRITE_ADVISORIES,
        Right.SIGN_ADVISORIES,
        Right.DECIDE_RULES,
        Right.SEE_BROADCASTS,
        Right.LEAD_BROADCASTS,
        Right.SEE_HOURS,
        Right.SEE_DUTY,
        Right.SEE_ALARMS,
    }
)

ON_MATTERS = frozenset(
    {
        Right.REGISTER_TICKETS,
        Right.CHANGE_TICKETS,
        Right.FORWARD_TICKETS,
        Right.HANDLE_TICKETS,
        Right.LEAD_TICKETS,
        Right.SIGN_CASES,
        Right.SIGN_BULLETINS,
        Right.LEAD_BROADCASTS,
        Right.WRITE_REPORTS,
        Right.SIGN_REPORTS,
        Right.ANALYSE,
        Right.WRITE_ADVISORIES,
        Right.SIGN_ADVISORIES,
    }
)
"""Who decides on a matter answers for it by law, and who judges what is complained of for what the office says of it:
so an administrator does not have these with all the rest.
"""

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.SCREEN: _SCREEN,
    Role.OFFICER: _OFFICER,
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.DIRECTOR: _DIRECTOR,
    Role.ADMIN: frozenset(Right) - ON_MATTERS,
}


RIGHTS_OF_DUTIES: dict[Duty, frozenset[Right]] = {
    Duty.ANALYST: frozenset({Right.SEE_ANALYSIS, Right.ANALYSE, Right.WRITE_REPORTS, Right.WRITE_ADVISORIES})
}
"""What somebody may do by a duty, whatever the role."""


def list_roles(right: Right) -> list[Role]:
    """The roles that have a right."""
    return [role for role, rights in RIGHTS.items() if right in rights]


UserRole = Literal[Role.OFFICER, Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR, Role.ADMIN]
"""What a user can be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Viewer:
    """Whoever makes a request: a user or a screen."""

    name: str
    role: Role

    @property
    def rights(self) -> frozenset[Right]:
        """What this viewer may do."""
        return self.role.rights

    def may(self, right: Right) -> bool:
        """Whether this viewer has a right."""
        return right in self.rights

    def check(self, right: Right) -> None:
        """Raises RefusedError without the right."""
        if not self.may(right):
            raise RefusedError(
                f"Only users with the right {right} may do this.",
                code=ErrorCode.RIGHT_REQUIRED,
                params={"right": right},
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn(Viewer):
    """The user who makes a request."""

    user_id: int
    duties: frozenset[Duty] = frozenset()

    @property
    def rights(self) -> frozenset[Right]:
        """By the role, and by the duties beside it."""
        return self.role.rights.union(*(RIGHTS_OF_DUTIES.get(duty, frozenset()) for duty in self.duties))


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen(Viewer):
    """A screen on the wall that its link let in; `queues` are those that it shows, none for all."""

    role: Role = Role.SCREEN
    screen_id: int
    queues: tuple[str, ...]
