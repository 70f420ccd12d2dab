"""What a text may say: complaints are allegations, and nobody is named to the public without verified facts. Pure.

Complaint publicity has its own rules (SAMR Order 121, Art. 38); what was not verified is what consumers say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from callcenter.analysis.advisories.states import PUBLIC, AdvisoryKind
from callcenter.analysis.personal_data import Known, PersonalData, find_personal_data
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError

REPORTED = "消费者反映"
"""By this a text says that it repeats what consumers say."""
_ASSERTED = re.compile("经查[实明]?|查实|证实|认定|违法事实|构成(?:欺诈|违法|犯罪)|系假冒|属于?假冒|确系")
"""Words of somebody who has verified something."""
_LAW = re.compile(r"《[^》]{2,60}》第[〇零一二三四五六七八九十百千\d]+条")


class FactKind(StrEnum):
    """By what a fact was verified. A closed list."""

    CASE_DECISION = "case_decision"
    """A decision on a penalty."""
    FAILED_INSPECTION = "failed_inspection"
    TEST = "test"
    """A report of a laboratory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedFact:
    """What was verified, by what, and the number of the decision, the patrol or the report."""

    kind: FactKind
    reference: str
    text: str


class Objection(StrEnum):
    """Why a text cannot be submitted as it is. A closed list."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    ID_NUMBER = "id_number"
    NAME = "name"
    ADDRESS = "address"
    ASSERTED = "asserted"
    """Said as a fact, with nothing verified."""
    NOT_REPORTED = "not_reported"
    """Nothing says that consumers say so; it has no place."""
    NAMED = "named"
    """A merchant, to the public, who may not be named."""


class TextPart(StrEnum):
    """Where. A closed list."""

    TITLE = "title"
    BODY = "body"
    ADDRESSEE = "addressee"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class TextObjection:
    """From the code point `begins` up to before `ends` of the part; both 0 for the text as a whole."""

    part: TextPart
    begins: int
    ends: int
    objection: Objection


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """A text, and what it depends on. `merchants` are all names of the merchant that it is about."""

    kind: AdvisoryKind
    title: str
    body: str
    may_name: bool
    is_verified: bool
    merchants: Collection[str] = ()
    addressee: str = ""


def list_objections(wording: Wording, known: Known) -> list[TextObjection]:
    """All that is against the text, part by part in the order of each."""
    found = [
        one
        for part, text in (
            (TextPart.ADDRESSEE, wording.addressee),
            (TextPart.TITLE, wording.title),
            (TextPart.BODY, wording.body),
        )
        for one in _list_of_part(wording, known, part, text)
    ]
    if not wording.is_verified and wording.kind is not AdvisoryKind.TIP and REPORTED not in wording.body:
        found.append(TextObjection(part=TextPart.BODY, begins=0, ends=0, objection=Objection.NOT_REPORTED))
    return sorted(found, key=lambda one: (one.part is TextPart.BODY, one))


def check_clean(objections: Collection[TextObjection]) -> None:
    """Raises ConflictError."""
    if objections:
        kinds = ",".join(sorted({one.objection for one in objections}))
        raise ConflictError(
            f"The text cannot leave as it is: {kinds}.", code=ErrorCode.TEXT_NOT_CLEAN, params={"found": kinds}
        )


def check_naming(*, may_name: bool, facts: Collection[VerifiedFact], law: str | None) -> None:
    """Raises ConflictError: whoever is named was found out, and a line of law allows to say so."""
    if may_name and (not facts or law is None or not _LAW.search(law)):
        raise ConflictError(
            "Naming needs verified facts and a line of law, as 《…》第…条.", code=ErrorCode.NAMING_NOT_GROUNDED
        )


def _list_of_part(wording: Wording, known: Known, part: TextPart, text: str) -> Iterator[TextObjection]:
    found = [(one.begins, one.ends, Objection(one.what.value)) for one in find_personal_data(text, known)]
    if not wording.is_verified:
        found += [(*match.span(), Objection.ASSERTED) for match in _ASSERTED.finditer(text)]
    if wording.kind in PUBLIC and not wording.may_name:
        found += [
            (one.begins, one.ends, Objection.NAMED)
            for one in find_personal_data(text, Known(names=wording.merchants))
            if one.what is PersonalData.NAME
        ]
    for begins, ends, objection in found:
        yield TextObjection(part=part, begins=begins, ends=ends, objection=objection)
