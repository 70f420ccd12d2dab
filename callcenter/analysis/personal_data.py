"""Personal data in a text that is to leave the house, however it is disguised. Pure.

What is found is shown at its place; the text is written anew, nothing is masked in silence. It is not proof against
everything: a number in a riddle is found by whoever signs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from callcenter.analysis.folded_text import FoldedText, SignKind, fold
from callcenter.casework.masks import is_id_number


class PersonalData(StrEnum):
    """What is found. A closed list."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    ID_NUMBER = "id_number"
    NAME = "name"
    """Of somebody who complained or reported."""
    ADDRESS = "address"
    """Of one of them, or of any flat."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Finding:
    """From the code point `begins` up to before `ends` of the text."""

    begins: int
    ends: int
    what: PersonalData


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Names and addresses that must not stand in the text, and `public` names in which they may: of merchants, say."""

    names: Collection[str] = ()
    addresses: Collection[str] = ()
    public: Collection[str] = ()


MOST_BETWEEN = 4
"""Separators between two digits of a number."""
LEAST_TRUE_DIGITS = 4
"""Of a number with letters for digits."""
LEAST_OF_ADDRESS = 4
"""Signs: less of an address, without its city and district, says nothing of where somebody lives."""

_GAP = rf"(?:[^\w%‰]|_|杠|横){{0,{MOST_BETWEEN}}}"
"""Whatever is no letter, digit or percent sign."""
_LIST_SIGNS = frozenset(",、;，；。/")
_LISTED_SIZES = frozenset(
    {(3, 4, 4), (4, 4, 3), (3, 4, 2, 2), (7, 4), (3, 8), (6, 8, 4), (4, 8), (3, 7), (4, 7), (4, 4, 4)}
)
"""Groups of digits that are a number though they stand as a list: another list is one of figures."""


def _digits(*classes: str) -> str:
    return _GAP.join(classes)


_AREA = _GAP.join(("0", "(?:1" + _GAP + "0|2" + _GAP + r"\d|[3-9]" + _GAP + r"\d" + _GAP + r"\d)"))
_MOBILE = re.compile(rf"(?=({_digits('1', '[3-9]', *[r'[0-9]'] * 9)}))")
_LANDLINE = re.compile(rf"(?=({_AREA}{_GAP}[2-9]{_GAP}{_digits(*['[0-9]'] * 6)}(?:{_GAP}[0-9])?))")
_WITHOUT_ZERO = re.compile(
    rf"(?=((?:8{_GAP}6{_GAP})?(?:10|2\d|[3-9]\d\d)(?:[^\w%‰,、;/.]|_){{1,{MOST_BETWEEN}}}[2-9]\d{{6,7}}))"
)
# letters that look like digits are digits here: tel, phone
_LOCAL = re.compile(
    rf"(?:电话|座机|热线|致电|联系|te1|ph0ne)\D{{0,8}}({_digits('[2-9]', *['[0-9]'] * 6)}(?:{_GAP}[0-9])?)"
)
_ID_NUMBER = re.compile(rf"(?=({_digits('[1-9]', *['[0-9]'] * 16, '[0-9x]')}))")
_DATE = re.compile(r"(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)")
_FLAT = re.compile(
    r"\d+ ?(?:号楼|幢|栋|座|单元|弄|#)[^,。;、\n]{0,10}?\d+ ?(?:室|户|号|房)"
    r"|\d+-\d+-\d+ ?室|(?:小区|花园|新村|公寓|家园|苑)\d+ ?(?:-\d+)+"
)
_AS_COUNTED = frozenset("一二三两")
"""Words beside a number that are no part of it."""
_CITY = re.compile(r"^(?:.{2,8}?(?:省|自治区))?(?:.{2,8}?市)?(?:.{1,8}?[区县市])?(?:.{1,8}?(?:街道|镇|乡))?")
_BREAKS = frozenset("。；！？;!?")


def find_personal_data(text: str, known: Known) -> list[Finding]:
    """In the order of the text; what lies within something larger is not counted again."""
    folded = fold(text)
    found = {
        Finding(begins=begins, ends=ends, what=what)
        for what, spans in (
            (PersonalData.ID_NUMBER, _id_numbers(folded)),
            (PersonalData.MOBILE, _numbers(_MOBILE, folded, text)),
            (PersonalData.LANDLINE, _landlines(folded, text)),
            (PersonalData.NAME, _phrases(folded, [name for name in known.names if len(name) > 1], known.public)),
            (PersonalData.ADDRESS, _addresses(folded, known)),
        )
        for begins, ends in spans
    }
    return sorted(one for one in found if not any(_covers(other, one) for other in found))


def _covers(one: Finding, other: Finding) -> bool:
    is_larger = one.ends - one.begins > other.ends - other.begins
    return is_larger and one.begins <= other.begins and other.ends <= one.ends


def _numbers(pattern: re.Pattern[str], folded: FoldedText, text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(folded.text):
        begins, ends = match.span(1)
        if _is_whole(folded, text, begins, ends) and _is_written_as_number(folded, begins, ends):
            yield folded.span(begins, ends)


def _landlines(folded: FoldedText, text: str) -> Iterator[tuple[int, int]]:
    dates = [match.span() for match in _DATE.finditer(folded.text)]
    for pattern in (_LANDLINE, _WITHOUT_ZERO, _LOCAL):
        for match in pattern.finditer(folded.text):
            begins, ends = match.span(1)
            if any(begins < last and first < ends for first, last in dates):
                continue
            # the shorter number where the last digit belongs to what follows
            for end in (ends, ends - 1):
                if _is_whole(folded, text, begins, end) and _is_written_as_number(folded, begins, end):
                    yield folded.span(begins, end)
                    break


def _id_numbers(folded: FoldedText) -> Iterator[tuple[int, int]]:
    for match in _ID_NUMBER.finditer(folded.text):
        if is_id_number(re.sub(r"[^0-9x]", "", match[1]).upper()):
            yield folded.span(*match.span(1))


def _is_whole(folded: FoldedText, text: str, begins: int, ends: int) -> bool:
    """Whether no more digits of the same writing stand right beside it, but for a country's or a line's code before."""
    before = re.search(r"\d*$", folded.text[max(0, begins - 8) : begins])
    ahead = "" if before is None else before[0]
    if ahead and ahead not in ("0", "86", "0086", "17951", "12593", "17909") and _goes_on(folded, text, begins, -1):
        return False
    is_after = ends < len(folded.text) and folded.text[ends].isdigit()
    return not (is_after and _goes_on(folded, text, ends - 1, 1))


def _goes_on(folded: FoldedText, text: str, edge: int, step: int) -> bool:
    neighbour = edge + step
    if folded.kinds[neighbour] is SignKind.LOOK_ALIKE or folded.kinds[edge] is not folded.kinds[neighbour]:
        return False
    return text[folded.places[neighbour]] not in _AS_COUNTED


def _is_written_as_number(folded: FoldedText, begins: int, ends: int) -> bool:
    """Not a list of figures, nor a word with a few digits in it."""
    kinds = folded.kinds[begins:ends]
    if SignKind.LOOK_ALIKE in kinds and _count_true(kinds) < LEAST_TRUE_DIGITS:
        return False
    written = folded.text[begins:ends]
    between = set(re.sub(r"[\d\s]", "", written))
    if not between & _LIST_SIGNS:
        return True
    sizes = tuple(len(group) for group in re.findall(r"\d+", written))
    return "." not in between and (set(sizes) == {1} or sizes in _LISTED_SIZES)


def _count_true(kinds: Iterable[SignKind]) -> int:
    return sum(kind in (SignKind.DIGIT, SignKind.CHINESE) for kind in kinds)


def _phrases(folded: FoldedText, phrases: Iterable[str], public: Iterable[str] = ()) -> Iterator[tuple[int, int]]:
    """Where a phrase stands, whatever is between its signs but the end of a sentence."""
    allowed = [span for name in public for span in _occurrences(folded, name)]
    for phrase in phrases:
        for begins, ends in _occurrences(folded, phrase):
            if not any(first <= begins and ends <= last for first, last in allowed):
                yield folded.span(begins, ends)


def _occurrences(folded: FoldedText, phrase: str) -> Iterator[tuple[int, int]]:
    """As places in the folded text."""
    wanted = [sign for sign in fold(phrase).text if sign.isalnum()]
    if not wanted:
        return
    signs = [(sign, place) for place, sign in enumerate(folded.text) if sign.isalnum() or sign in _BREAKS]
    line, compact = "".join(sign for sign, _ in signs), "".join(wanted)
    place = line.find(compact)
    while place >= 0:
        yield signs[place][1], signs[place + len(compact) - 1][1] + 1
        place = line.find(compact, place + 1)


def _addresses(folded: FoldedText, known: Known) -> Iterator[tuple[int, int]]:
    for match in _FLAT.finditer(folded.text):
        yield folded.span(*match.span())
    parts = {part for address in known.addresses for part in (address, _CITY.sub("", address, count=1))}
    yield from _phrases(folded, [part for part in parts if len(part) >= LEAST_OF_ADDRESS], known.public)
