"""Personal data in texts that leave the house: found in every disguise, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.analysis.personal_data import Finding, Known, PersonalData, find_personal_data

MOBILE, LANDLINE, ID_NUMBER = PersonalData.MOBILE, PersonalData.LANDLINE, PersonalData.ID_NUMBER
NAME, ADDRESS = PersonalData.NAME, PersonalData.ADDRESS
KNOWN = Known(
    names=("张三", "欧阳明月", "John O'Neil", "李"),
    addresses=("江苏省常州市武进区湖塘镇花园街12号", "Flat 7, Lake Road"),
    public=("张三丰食品厂", "常州市张三食品有限公司"),
)

DISGUISES = [
    ("mobile as it is", MOBILE, "13800138000"),
    ("mobile in full-width digits", MOBILE, "１３８００１３８０００"),
    ("mobile half in full-width digits", MOBILE, "138００１３8０００"),
    ("mobile with spaces", MOBILE, "138 0013 8000"),
    ("mobile with a space after every digit", MOBILE, "1 3 8 0 0 1 3 8 0 0 0"),
    ("mobile with ideographic spaces", MOBILE, "138　0013　8000"),
    ("mobile with no-break and thin spaces", MOBILE, "138\u00a00013\u20098000"),
    ("mobile over two lines", MOBILE, "138\n0013\n8000"),
    ("mobile with hyphens", MOBILE, "138-0013-8000"),
    ("mobile with long dashes", MOBILE, "138——0013——8000"),
    ("mobile with dots", MOBILE, "138.0013.8000"),
    ("mobile with middle dots", MOBILE, "138·0013·8000"),
    ("mobile with slashes", MOBILE, "138/0013/8000"),
    ("mobile with stars between", MOBILE, "138*0013*8000"),
    ("mobile with commas after every digit", MOBILE, "1、3、8、0、0、1、3、8、0、0、0"),
    ("mobile in brackets", MOBILE, "（138）0013（8000"),
    ("mobile with low lines", MOBILE, "138_0013_8000"),
    ("mobile with a spoken dash", MOBILE, "138杠0013杠8000"),
    ("mobile in Chinese numerals", MOBILE, "一三八零零一三八零零零"),
    ("mobile in Chinese numerals with circles for zero", MOBILE, "一三八〇〇一三八〇〇〇"),
    ("mobile in the numerals of cheques", MOBILE, "壹叁捌零零壹叁捌零零零"),
    ("mobile as it is read out by radio", MOBILE, "幺三八洞洞幺三八洞洞洞"),
    ("mobile in numerals of both kinds", MOBILE, "1三8零0一3八0零0"),
    ("mobile in circled digits", MOBILE, "①③⑧⓪⓪①③⑧⓪⓪⓪"),
    ("mobile in black circled digits", MOBILE, "❶❸❽⓿⓿❶❸❽⓿⓿⓿"),
    ("mobile in superscript digits", MOBILE, "¹³⁸⁰⁰¹³⁸⁰⁰⁰"),
    ("mobile in bold digits of mathematics", MOBILE, "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎"),
    ("mobile in Arabic digits", MOBILE, "١٣٨٠٠١٣٨٠٠٠"),
    ("mobile in keycaps", MOBILE, "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0"),
    ("mobile with zero-width spaces", MOBILE, "138\u200b0013\u200b8000"),
    ("mobile with joiners and a byte-order mark", MOBILE, "1\u200d3\u200c8\u2060001\ufeff38000"),
    ("mobile with marks of direction", MOBILE, "138\u202e0013\u202c80\u200f00"),
    ("mobile with soft hyphens", MOBILE, "138\u00ad0013\u00ad8000"),
    ("mobile with fillers", MOBILE, "138\u31640013\u28008000"),
    ("mobile struck through", MOBILE, "1\u03363\u03368\u033600\u03361\u033638000"),
    ("mobile with letters for digits", MOBILE, "l38OO13800O"),
    ("mobile with Cyrillic letters for digits", MOBILE, "138ОО138ООО"),
    ("mobile behind the code of the country", MOBILE, "13800138000"),
    ("landline as it is", LANDLINE, "0519-86588123"),
    ("landline in one piece", LANDLINE, "051986588123"),
    ("landline of seven digits", LANDLINE, "0516-6588123"),
    ("landline of Beijing", LANDLINE, "(010)6658 8123"),
    ("landline in full-width digits", LANDLINE, "０５１９－８６５８８１２３"),
    ("landline in Chinese numerals", LANDLINE, "零五一九八六五八八一二三"),
    ("landline with zero-width spaces", LANDLINE, "05\u200b19 8658\u200b8123"),
    ("landline without its zero", LANDLINE, "519-86588123"),
    ("identity number as it is", ID_NUMBER, "11010519491231002X"),
    ("identity number with a small letter", ID_NUMBER, "11010519491231002x"),
    ("identity number in full-width digits", ID_NUMBER, "１１０１０５１９４９１２３１００２Ｘ"),
    ("identity number with spaces", ID_NUMBER, "110105 19491231 002X"),
    ("identity number with hyphens", ID_NUMBER, "110105-1949-12-31-002X"),
    ("identity number with a Cyrillic letter", ID_NUMBER, "11010519491231002Х"),
    ("identity number with a sign of multiplication", ID_NUMBER, "11010519491231002×"),
    ("identity number in Chinese numerals", ID_NUMBER, "一一〇一〇五一九四九一二三一〇〇二X"),
    ("identity number with zero-width spaces", ID_NUMBER, "110105\u200b19491231\u200b002X"),
    ("name as it is", NAME, "张三"),
    ("name with a space", NAME, "张 三"),
    ("name with an ideographic space", NAME, "张　三"),
    ("name with a zero-width space", NAME, "张\u200b三"),
    ("name with a dot", NAME, "张·三"),
    ("name with a star", NAME, "张*三"),
    ("name over two lines", NAME, "张\n三"),
    ("name with a mark of direction", NAME, "张\u202e三"),
    ("name of two syllables with a hyphen", NAME, "欧阳-明月"),
    ("foreign name in full-width capitals", NAME, "ＪＯＨＮ ＯＮＥＩＬ"),
    ("address as it is", ADDRESS, "江苏省常州市武进区湖塘镇花园街12号"),
    ("address without its city", ADDRESS, "花园街12号"),
    ("address with Chinese numerals and spaces", ADDRESS, "花园街 一二 号"),
    ("foreign address in capitals", ADDRESS, "FLAT 7, LAKE ROAD"),
    ("flat of nobody known", ADDRESS, "3幢2单元402室"),
    ("flat in full-width digits", ADDRESS, "３幢４０２室"),
    ("flat with dashes", ADDRESS, "锦绣花园3-2-402"),
]


@pytest.mark.parametrize(("what", "disguise"), [one[1:] for one in DISGUISES], ids=[one[0] for one in DISGUISES])
def test_personal_data_is_found_at_its_place_in_every_disguise(what: PersonalData, disguise: str) -> None:
    text = f"消费者反映：拨打{disguise}联系，未获答复。"
    (found,) = find_personal_data(text, KNOWN)
    shown = text[found.begins : found.ends].strip("（）()[]")
    assert (found.what, shown) == (what, disguise.strip("（）()[]").removeprefix("锦绣"))


@pytest.mark.parametrize(
    "text",
    [
        "电话+8613800138000。",
        "电话86-138-0013-8000。",
        "电话008613800138000。",
        "电话013800138000。",
        "电话17951138 0013 8000。",
        "投诉人之一13800138000一事。",
        "之一一三八零零一三八零零零一事。",
        "编号3、13800138000。",
        "Oil13800138000oil",
    ],
)
def test_a_number_is_found_whatever_stands_right_beside_it(text: str) -> None:
    assert [one.what for one in find_personal_data(text, KNOWN)] == [MOBILE]


@pytest.mark.parametrize(
    "text",
    [
        "消费者反映12315热线共受理投诉1380件，环比增长13.80%。",
        "2026年9月24日至2026年10月22日，共38件；其中食品150件、日用品350件、服装230件、其他15件。",
        "占比分别为18.62%、13.45%、9.87%。",
        "分别为18.62、13.45、9.87万元，又150、350、230、15件。",
        "建议函〔2026〕第12号，工单12315-2026-00101、12315-2026-00102。",
        "2026-03-15/2026-04-20，2026.03.15-2026.04.20",
        "统一社会信用代码91320400MA1MTEST0X，挽回损失13,800,138.00元。",
        "13800138000123 是订单号，110105194912310021 不是身份证号。",
        "请于2026-10-15 13:30至15:00到会，咨询电话12315、4008123456。",
        "一、二、三、四、五、六、七、八、九、十；第一三八条",
        "张三丰食品厂与常州市张三食品有限公司被反映。一张。三张。",
        "李某反映花园街门店的产品有问题。",
        "",
    ],
)
def test_figures_dates_numbers_of_letters_and_public_names_are_none(text: str) -> None:
    assert find_personal_data(text, KNOWN) == []


def test_all_that_stands_in_a_text_is_found_in_its_order_and_nothing_twice() -> None:
    text = "张三（110105194912310 02X，13800138000，0519-86588123）住花园街12号3幢402室，张三丰食品厂答复张三。"
    found = find_personal_data(text, KNOWN)
    assert [(one.what, text[one.begins : one.ends]) for one in found] == [
        (NAME, "张三"),
        (ID_NUMBER, "110105194912310 02X"),
        (MOBILE, "13800138000"),
        (LANDLINE, "0519-86588123"),
        (ADDRESS, "花园街12号"),
        (ADDRESS, "3幢402室"),
        (NAME, "张三"),
    ]


@given(st.text(alphabet="1380 -张三\u200bＸ０一二。、路号室oli%.", max_size=60))
def test_places_lie_in_the_text_whatever_stands_in_it(text: str) -> None:
    found = find_personal_data(text, KNOWN)
    assert all(0 <= one.begins < one.ends <= len(text) for one in found)
    assert found == sorted(found)


@given(
    st.integers(130_0000_0000, 199_9999_9999),
    st.lists(st.sampled_from(["", " ", "-", "\u200b", "　", "·"]), min_size=10, max_size=10),
)
def test_every_mobile_number_is_found_with_anything_between_its_digits(number: int, between: list[str]) -> None:
    disguise = "".join(digit + gap for digit, gap in zip(str(number), [*between, ""], strict=True))
    assert Finding(begins=2, ends=2 + len(disguise), what=MOBILE) in find_personal_data(f"致电{disguise}。", Known())
