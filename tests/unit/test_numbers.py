"""Caller numbers: every form the hotline is known to meet, and what must never be mixed up."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.calls.numbers import CallerNumber, NumberKind, identity_key, is_dialable, mask, normalise

K = NumberKind
FORMS = Path(__file__).parents[1] / "cases" / "number_forms.tsv"

VECTORS = [
    *[
        (raw, "+8613812345678", K.MOBILE)
        for raw in (
            "13812345678",
            "013812345678",
            "8613812345678",
            "+8613812345678",
            "008613812345678",
            "+13812345678",
            "138 1234 5678",
            "１３８１２３４５６７８",
            "sip:13812345678@10.0.0.1",
            "sip:+8613812345678@gw;user=phone",
            '"张三" <sip:13812345678@gw>',
            "tel:+86-138-1234-5678",
        )
    ],
    *[
        (raw, "+8651986612345", K.LANDLINE)
        for raw in (
            "051986612345",
            "+8651986612345",
            "8651986612345",
            "0519-86612345",
            "86612345",
            "（0519）86612345",
            "+86051986612345",
            "51986612345",
            "tel:86612345;phone-context=+86519",
        )
    ],
    ("02586612345", "+862586612345", K.OTHER_CITY),
    ("01062345678", "+861062345678", K.OTHER_CITY),
    ("05198800001", "+865198800001", K.LANDLINE),
    ("4008123456", "+864008123456", K.SHARED),
    ("8008101234", "+868008101234", K.SHARED),
    ("+864008123456", "+864008123456", K.SHARED),
    ("864008123456", "+864008123456", K.SHARED),
    ("12315", "12315", K.SERVICE),
    ("051912315", "12315", K.SERVICE),
    ("02512315", "02512315", K.SERVICE),
    ("+8612315", "12315", K.SERVICE),
    ("12345", "12345", K.SERVICE),
    ("110", "110", K.SERVICE),
    ("95588", "95588", K.SERVICE),
    ("10086", "10086", K.SERVICE),
    ("96196", "96196", K.SERVICE),
    ("10101234", "10101234", K.SERVICE),
    ("+85221234567", "+85221234567", K.FOREIGN),
    ("0085221234567", "+85221234567", K.FOREIGN),
    ("+18585551234", "+18585551234", K.FOREIGN),
    ("1064812345678", "1064812345678", K.IOT),
    ("1440123456789", "1440123456789", K.IOT),
    ("1001", "1001", K.EXTENSION),
    ("8612315", "8612315", K.UNKNOWN),
    ("+999", "999", K.EXTENSION),
    ("99999999999", "99999999999", K.UNKNOWN),
    ("alice", None, K.UNKNOWN),
    ("٣٤٥", None, K.UNKNOWN),
    *[
        (raw, None, K.WITHHELD)
        for raw in (
            None,
            "",
            " ",
            "-",
            "0",
            "anonymous",
            "Anonymous",
            "restricted",
            "unavailable",
            "unknown",
            "Out of Area",
            "private number",
            "P",
            "未知号码",
            "+86",
            "0086",
            "0519",
            "+86 0519",
            '"Anonymous" <anonymous>',
            "sip:anonymous@anonymous.invalid",
        )
    ],
]


@pytest.mark.parametrize(("raw", "number", "kind"), VECTORS)
def test_every_form_becomes_one_number_and_its_kind(raw: str | None, number: str | None, kind: NumberKind) -> None:
    assert normalise(raw) == CallerNumber(number=number, kind=kind)


@pytest.mark.parametrize(
    "raw",
    [
        "0519-86612345,801",
        "0519-86612345 ext. 801",
        "86612345转801",
        "86612345*801",
        "tel:+86-519-86612345;ext=801",
        "86612345#801",
    ],
)
def test_an_extension_behind_a_company_number_is_kept_beside_it_and_tells_callers_apart(raw: str) -> None:
    caller = normalise(raw)
    assert caller == CallerNumber(number="+8651986612345", kind=K.LANDLINE, extension="801")
    assert identity_key(caller) == "+8651986612345;ext=801"


def test_a_pilot_number_is_a_gateway_and_never_one_person() -> None:
    caller = normalise("051912345", gateways=("12345",))
    assert caller == CallerNumber(number="12345", kind=K.GATEWAY)
    assert identity_key(caller) is None
    assert not is_dialable(caller)


@pytest.mark.parametrize("raw", [None, "", "anonymous", "alice"])
def test_callers_without_a_number_are_never_merged(raw: str | None) -> None:
    assert identity_key(normalise(raw)) is None
    assert not is_dialable(normalise(raw))


def test_the_area_code_is_a_setting() -> None:
    assert normalise("86612345", area_code="025") == CallerNumber(number="+862586612345", kind=K.LANDLINE)
    assert normalise("051986612345", area_code="025") == CallerNumber(number="+8651986612345", kind=K.OTHER_CITY)
    assert normalise("02512315", area_code="025") == CallerNumber(number="12315", kind=K.SERVICE)


@pytest.mark.parametrize(
    ("raw", "dialable"),
    [
        ("13812345678", True),
        ("86612345", True),
        ("01062345678", True),
        ("4008123456", True),
        ("+85221234567", True),
        ("1001", True),
        ("10086", False),
        ("1064812345678", False),
        ("99999999999", False),
    ],
)
def test_only_numbers_that_reach_the_caller_are_dialable(raw: str, dialable: bool) -> None:
    assert is_dialable(normalise(raw)) is dialable


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+8613812345678", "138****5678"),
        ("013812345678", "138****5678"),
        ("+8651986612345", "0519-****2345"),
        ("86612345", "0519-****2345"),
        ("+861062345678", "010-****5678"),
        ("+862586612345", "025-****2345"),
        ("+864008123456", "400****3456"),
        ("+85221234567", "+852****4567"),
        ("1064812345678", "****5678"),
        ("12315", "12315"),
        ("1001", "1001"),
        ("alice", "****"),
        ("anonymous", None),
        (None, None),
    ],
)
def test_a_masked_number_shows_area_and_last_digits_only(number: str | None, masked: str | None) -> None:
    assert mask(number) == masked


@given(st.text(alphabet=st.sampled_from("0123456789+-() ,;#x@:<>sip張１٣"), max_size=24) | st.text(max_size=24))
def test_whatever_is_shown_gives_a_number_that_normalises_to_itself(raw: str) -> None:
    caller = normalise(raw)
    if caller.number is not None and caller.kind is not K.UNKNOWN:
        again = normalise(caller.number)
        assert (again.number, again.kind) == (caller.number, caller.kind)


def test_common_numbers_do_not_load_the_big_library() -> None:
    program = (
        "import sys; from callcenter.calls.numbers import normalise\n"
        "for raw in ('13812345678', '86612345', '051986612345', '12315', '1001', ''): normalise(raw)\n"
        "sys.exit('phonenumbers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    ("raw", "number", "kind"),
    [
        (raw.encode().decode("unicode_escape"), number, kind.split()[0])
        for raw, number, kind in (line.split("\t") for line in FORMS.read_text(encoding="utf-8").splitlines()[1:])
    ],
)
def test_forms_that_lines_elsewhere_give_are_the_callers_number_too(raw: str, number: str, kind: str) -> None:
    caller = normalise(raw)

    assert (caller.number, caller.kind.value) == (number, kind)


@pytest.mark.parametrize("prefix", ["17900", "17908", "17909", "17911", "17931", "17951", "17969", "17991", "12593"])
@pytest.mark.parametrize(
    ("own", "number"),
    [("13900000002", "+8613900000002"), ("051986612345", "+8651986612345"), ("0085221234567", "+85221234567")],
)
def test_the_operator_that_a_caller_chose_is_no_part_of_his_number(prefix: str, own: str, number: str) -> None:
    assert normalise(prefix + own).number == number
    assert normalise(prefix).kind in (K.SERVICE, K.EXTENSION)


@pytest.mark.parametrize("prefix", ["10193", "11808", "190", "193", "196", "197"])
def test_older_codes_of_operators_are_taken_off_and_mobiles_that_begin_like_one_are_not(prefix: str) -> None:
    assert normalise(f"{prefix}13900000002").number == "+8613900000002"
    assert normalise("19313900000").number == "+8619313900000"


@pytest.mark.parametrize(
    ("raw", "number", "extension"),
    [
        ("051988000001-8001", "+8651988000001", "8001"),
        ("0519-88000001-801", "+8651988000001", "801"),
        ("88000001\u20148001", "+8651988000001", "8001"),
        ("4008123456-02", "+864008123456", "02"),
        ("051988000001分机8001", "+8651988000001", "8001"),
        ("0519-8661-2345", "+8651986612345", None),
        ("400-8123-456", "+864008123456", None),
        ("138-1234-5678", "+8613812345678", None),
    ],
)
def test_an_extension_behind_a_dash_is_kept_beside_the_number_and_a_grouped_number_has_none(
    raw: str, number: str, extension: str | None
) -> None:
    caller = normalise(raw)

    assert (caller.number, caller.extension) == (number, extension)


@pytest.mark.parametrize("raw", ["-5", "-1", "\u20135", "./110"])
def test_a_number_that_stands_for_an_error_is_no_extension(raw: str) -> None:
    assert normalise(raw) == CallerNumber(number=None, kind=K.UNKNOWN)


@pytest.mark.parametrize(
    "mark", [chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) == "Cf"]
)
def test_no_invisible_mark_hides_a_number(mark: str) -> None:
    assert normalise(f"{mark}1390{mark}0000002{mark}").number == "+8613900000002"


@pytest.mark.parametrize(
    ("raw", "number", "kind"),
    [
        ("+852 7000 0001", "+85270000001", K.FOREIGN),
        ("0085270000001", "+85270000001", K.FOREIGN),
        ("+99999999999", "+99999999999", K.UNKNOWN),
        ("+8612345678901", "+8612345678901", K.UNKNOWN),
    ],
)
def test_a_number_abroad_that_no_list_knows_yet_keeps_its_plus(raw: str, number: str, kind: NumberKind) -> None:
    assert normalise(raw) == CallerNumber(number=number, kind=kind)
    assert identity_key(normalise(raw)) == number


_FORMS = st.text(alphabet=st.sampled_from("0123456789+-#*()–\u202a\u200b 179512593"), max_size=26)


@given(_FORMS | st.text(max_size=40) | st.integers(0, 200).map(lambda times: "17951" * times + "0"))
def test_no_form_whatever_raises_and_a_number_found_is_found_again(raw: str) -> None:
    caller = normalise(raw)
    mask(raw)
    if caller.number is not None:
        assert normalise(caller.number).number == caller.number
