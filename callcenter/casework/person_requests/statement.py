"""What is given to a person about themselves: everything that is held of them, and nothing about anybody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callcenter.audio.rules import AudioKind, Purpose
from callcenter.audio.store import KeptFile
from callcenter.callbacks.words import STATES as EPISODE_STATES
from callcenter.calls.tables import Call
from callcenter.calls.words import DIRECTIONS, OUTCOMES
from callcenter.casework.forms.words import DOCUMENTS, REMEDIES, yuan
from callcenter.casework.person_requests.document_text import DocumentText, Part, Print
from callcenter.casework.person_requests.store import HeldCalls, HeldEpisodes, HeldMediation, HeldTicket
from callcenter.casework.person_requests.words import NOTICES, PARTY_ROLES, STEPS, WAYS
from callcenter.casework.printed_pages import print_page
from callcenter.casework.tickets.words import CHANNELS, KINDS
from callcenter.casework.tickets.words import STATES as TICKET_STATES
from callcenter.mediation.printed_record_words import RESULTS, ROLES
from callcenter.mediation.rules import LegRole, Result

_PAGE = Path(__file__).with_name("statement.typ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """All that is held of the person."""

    calls: HeldCalls
    episodes: HeldEpisodes
    mediations: Sequence[HeldMediation]
    tickets: Sequence[HeldTicket]


def print_statement(held: Held, printed: Print) -> bytes:
    """As PDF. Everything typed is handed over as data, never as part of the page's code."""
    content = describe(held, printed) | {"font": printed.font, "language": printed.language.value}
    return print_page(_PAGE, content, at=printed.at)


def describe(held: Held, printed: Print) -> dict[str, Any]:
    """What the page is given to print."""
    return _Writer(printed).write(held)


class _Writer:
    def __init__(self, printed: Print) -> None:
        self._printed = printed
        self._text = DocumentText(printed)

    def write(self, held: Held) -> dict[str, Any]:
        printed, person = self._printed, self._printed.person
        facts = {
            "basis": self._text.label("basis_text"),
            "number": person.number,
            "names": "、".join(person.names),
            "identity": printed.identity,
            "why": printed.reason,
            "since": None if person.since is None else self._text.day(person.since),
            "made": self._text.moment(printed.at),
            "made_by": printed.by,
        }
        parts = [*self._calls(held.calls), *self._episodes(held.episodes), self._mediations(held.mediations)]
        for ticket in held.tickets:
            parts += self._ticket(ticket)
        return {
            "office": printed.office,
            "title": self._text.label("title"),
            "facts": [[self._text.label(name), value] for name, value in facts.items() if value is not None],
            "scope": self._text.label("scope"),
            "nothing": self._text.label("none"),
            "parts": parts,
            "times": f"{self._text.label('times')} {printed.timezone.key}",
            "footer": self._text.label("title"),
        }

    def _calls(self, held: HeldCalls) -> Iterator[Part]:
        recordings: dict[tuple[str, str], list[KeptFile]] = {}
        for kept in held.files:
            if AudioKind(kept.file.kind).purpose is Purpose.RECORDING:
                recordings.setdefault((kept.file.pbx, kept.file.call_id), []).append(kept)
        older = held.total - len(held.calls)
        yield self._text.table(
            "calls",
            (4, 2, 3, 2, 4),
            ("time", "direction", "outcome", "seconds", "recording"),
            (self._call(call, recordings.get((call.pbx, call.call_id), [])) for call in held.calls),
            remark=self._text.label("more_calls", count=older) if older else "",
        )
        if held.notes:
            notes = ([self._text.moment(note.at), self._text.text(note.note)] for note in held.notes)
            yield self._text.table("call_notes", (3, 10), ("time", "note"), notes)
        messages = [kept for kept in held.files if kept.file.kind == AudioKind.MESSAGE.value]
        yield self._text.table(
            "messages",
            (4, 2, 5),
            ("time", "seconds", "sound"),
            (
                [
                    self._text.moment(kept.file.started_at),
                    f"{kept.file.duration.total_seconds():.0f}",
                    self._text.sound([kept]),
                ]
                for kept in messages
            ),
        )

    def _call(self, call: Call, recordings: Sequence[KeptFile]) -> list[str]:
        length = None if call.ended_at is None else call.ended_at - call.started_at
        return [
            self._text.moment(call.started_at),
            self._text.word(DIRECTIONS, call.direction),
            self._text.label("still_up") if call.outcome is None else self._text.word(OUTCOMES, call.outcome),
            "" if length is None else f"{length.total_seconds():.0f}",
            self._text.sound(recordings),
        ]

    def _episodes(self, held: HeldEpisodes) -> Iterator[Part]:
        yield self._text.table(
            "episodes",
            (4, 4, 3, 2, 4),
            ("opened", "last_lost", "state", "attempts", "closed"),
            (
                [
                    self._text.moment(episode.opened_at),
                    self._text.moment(episode.last_lost_at),
                    self._text.word(EPISODE_STATES, episode.state),
                    str(episode.attempts),
                    self._text.moment(episode.closed_at),
                ]
                for episode in held.episodes
            ),
        )
        written = [(note.at, self._text.text(note.note)) for note in held.notes]
        written += [
            (promise.set_at, self._text.label("promised", at=self._text.moment(promise.promised_at)))
            for promise in held.promises
        ]
        if written:
            rows = ([self._text.moment(at), said] for at, said in sorted(written))
            yield self._text.table("episode_notes", (3, 10), ("time", "note"), rows)

    def _mediations(self, held: Sequence[HeldMediation]) -> dict[str, Any]:
        return self._text.table(
            "mediations",
            (3, 2, 5, 3, 5, 3),
            ("time", "role", "matter", "consents", "result", "sound"),
            (self._mediation(one) for one in held),
        )

    def _mediation(self, held: HeldMediation) -> list[str]:
        mediation, leg, files = held
        role = LegRole(leg.role)
        names = {LegRole.CONSUMER: mediation.consumer_name, LegRole.MERCHANT: mediation.merchant_name}
        others = [name for side, name in names.items() if side is not role and name is not None]
        result = None if mediation.result is None else RESULTS[Result(mediation.result)][self._text.index]
        agreement = self._text.text(mediation.agreement, others)
        return [
            self._text.moment(mediation.opened_at or mediation.created_at),
            ROLES[role][self._text.index],
            self._text.text(mediation.matter, others),
            " / ".join(map(self._text.said, (leg.takes_part, leg.may_be_recorded, leg.agrees))),
            "\n".join(filter(None, (result, agreement))),
            self._text.sound(files),
        ]

    def _ticket(self, held: HeldTicket) -> Iterator[Part]:
        row, party = held.row, held.party
        facts: dict[str, str | None] = {
            "kind": self._text.word(KINDS, row.kind),
            "state": self._text.word(TICKET_STATES, row.state),
            "channel": self._text.word(CHANNELS, row.channel),
            "received": self._text.moment(row.received_at),
            "as": self._text.word(PARTY_ROLES, party.role),
            "own_name": party.name,
            "own_phone": party.phone,
            "own_address": party.address,
            "document": None
            if party.id_type is None
            else self._text.label(
                "document_kept", kind=self._text.word(DOCUMENTS, party.id_type), number=party.id_number_masked
            ),
            "consent": f"{self._text.said(party.may_publish)} / {self._text.said(party.may_entrust)}",
        }
        if held.is_own:
            facts |= {
                "subject": self._text.text(row.title, held.others),
                "facts": self._text.text(row.facts, held.others),
                "requests": "、".join(self._text.word(REMEDIES, request) for request in row.requests),
                "occurred": None if row.occurred_on is None else row.occurred_on.isoformat(),
                "dispute": yuan(row.amount_in_dispute_cents),
                "recovered": yuan(row.amount_recovered_cents),
                "respondent": self._text.text(row.respondent, held.others),
                "attachments": str(held.attachments),
            }
        title = self._text.label("ticket", number=row.number)
        remark = "" if held.is_own else self._text.label("not_yours")
        yield self._text.part(
            title, facts=[[self._text.label(name), value] for name, value in facts.items() if value], remark=remark
        )
        if held.is_own:
            yield from self._history(held)

    def _history(self, held: HeldTicket) -> Iterator[Part]:
        steps = (
            [
                self._text.moment(event.at),
                self._text.word(STEPS, event.what),
                self._text.word(TICKET_STATES, event.to_state),
            ]
            for event in held.steps
        )
        yield self._text.table("steps", (4, 4, 4), ("time", "step", "state"), steps, level=2)
        notices = (
            [
                self._text.moment(notice.at),
                self._text.word(NOTICES, notice.kind),
                self._text.word(WAYS, notice.told_by),
            ]
            for notice in held.notices
        )
        yield self._text.table("notices", (4, 4, 4), ("time", "step", "how"), notices, level=2)
        if held.notes:
            notes = ([self._text.moment(note.at), self._text.text(note.note, held.others)] for note in held.notes)
            yield self._text.table("ticket_notes", (3, 10), ("time", "note"), notes, level=2)
