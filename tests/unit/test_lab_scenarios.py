"""Scenario files and the SIPp scenarios made of them."""

import xml.etree.ElementTree as ET

import pytest

from hotline_lab.errors import ScenarioError
from hotline_lab.paths import SCENARIOS
from hotline_lab.scenario import Action, Dialler, Line, Scenario, Step, load_scenario, parse_scenario
from hotline_lab.sip_text import display_name, user_part
from hotline_lab.sipp import dialler_xml, phone_xml, register_xml
from hotline_lab.sound import alaw

NAMES = sorted(path.parent.name for path in SCENARIOS.glob("*/scenario.toml"))


def caller(plan: str) -> str:
    return f'title = "t"\n[[callers]]\nnumber = "05198800001"\ndials = "12315"\nplan = "{plan}"\n'


def test_a_scenario_file_is_read_whole() -> None:
    text = """
        title = "An agent answers"

        [[agents]]
        extension = "1001"
        calls = ["ring 0.5, busy", "answer, consult 1002, complete"]

        [[callers]]
        name = "张三"
        number = "05198800001"
        dials = "12315"
        at = 2
        plan = "talk 1.5, key 0, hang up"

        [[actions]]
        at = 1.0
        action = "QueuePause"
        Paused = "true"
    """
    assert parse_scenario(text) == Scenario(
        title="An agent answers",
        agents=(
            Line(
                number="1001",
                calls=(
                    (Step(word="ring", seconds=0.5), Step(word="busy")),
                    (Step(word="answer"), Step(word="consult", text="1002"), Step(word="complete")),
                ),
            ),
        ),
        callers=(
            Dialler(
                number="05198800001",
                name="张三",
                dials="12315",
                at=2.0,
                plan=(Step(word="talk", seconds=1.5), Step(word="key", text="0"), Step(word="hang up")),
            ),
        ),
        actions=(Action(at=1.0, name="QueuePause", headers={"Paused": "true"}),),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = ", "no TOML"),
        ("[[callers]]\n", "lacks title"),
        ('title = "t"\n[[robots]]\n', "has no robots"),
        (caller("dance 3"), "has no step 'dance 3'"),
        (caller("talk 3"), "does not say how the call ends"),
        (caller("talk, hang up"), "too few arguments"),
        (caller("talk long, hang up"), "needs seconds"),
        (caller("ring 3, hang up"), "'ring' is not possible here"),
        (caller("transfer 10;01"), "cannot be dialled"),
    ],
)
def test_a_wrong_word_in_a_scenario_is_named(text: str, reason: str) -> None:
    with pytest.raises(ScenarioError, match=reason.replace("[", r"\[")):
        parse_scenario(text)


def test_a_scenario_that_does_not_exist_is_named() -> None:
    with pytest.raises(ScenarioError, match="no_such_scenario"):
        load_scenario("no_such_scenario")


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_makes_sound_sipp_scenarios(name: str) -> None:
    scenario = load_scenario(name)
    documents = [phone_xml((line,), secret="s", sound="tone") for line in scenario.agents]
    documents += [dialler_xml(dialler, secret="s", sound="tone") for dialler in scenario.diallers]
    documents += [dialler_xml(dialler, secret=None, sound="tone") for dialler in scenario.callers]
    if scenario.mobiles:
        documents.append(phone_xml(scenario.mobiles, secret=None, sound="tone"))
    for document in documents:
        root = ET.fromstring(document)
        labels = [label.get("id") for label in root.iter("label")]
        jumps = {element.get(kind) for element in root.iter() for kind in ("next", "ontimeout")} - {None}
        assert len(labels) == len(set(labels))
        assert jumps <= set(labels)


def test_a_caller_who_withholds_his_number_sends_none() -> None:
    dialler = Dialler(number="", name="", dials="12315", at=0.0, plan=(Step(word="stay"),))
    invite = next(
        element.text or "" for element in ET.fromstring(dialler_xml(dialler, secret=None, sound="t")).iter("send")
    )
    assert 'From: "Anonymous" <sip:anonymous@anonymous.invalid>' in invite
    assert "Privacy: id" in invite


def test_only_agents_are_asked_for_a_password() -> None:
    dialler = Dialler(number="1001", name="", dials="1002", at=0.0, plan=(Step(word="stay"),))
    assert "password=hidden" in dialler_xml(dialler, secret="hidden", sound="t")
    assert "authentication" not in dialler_xml(dialler, secret=None, sound="t")


def test_a_phone_signs_on_with_the_port_it_listens_on() -> None:
    document = register_xml("1001", contact_port=4711, secret="s", expires=0)
    assert document.count("Contact: <sip:1001@[local_ip]:4711>\n") == 2
    assert document.count("Expires: 0\n") == 2


def test_alaw_follows_the_standard() -> None:
    samples = [0, 8, -1, 1000, -1000, 32767, -32768]
    encoded = alaw(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    assert encoded == bytes([0xD5, 0xD5, 0x55, 0xFA, 0x7A, 0xAA, 0x2A])


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("张三", r'"\xE5\xBC\xA0\xE4\xB8\x89" '),
        ('a "b" \\', r'"a \x5C"b\x5C" \x5C\x5C" '),
        ("[field0]]]><a>\r\n", r'"\x5Bfield0\x5D\x5D\x5D\x3E\x3Ca\x3E\x0D\x0A" '),
        ("", ""),
    ],
)
def test_a_display_name_of_any_kind_stays_in_its_quotes_and_is_no_command_to_sipp(name: str, sent: str) -> None:
    assert display_name(name) == sent


def test_what_may_not_stand_in_an_address_is_escaped_in_it() -> None:
    assert user_part("+86*1#;ext=2") == "+86*1#;ext=2"
    assert user_part('1\r\n"[@>张') == "1%0D%0A%22%5B%40%3E%E5%BC%A0"


def test_however_many_mobiles_behave_alike_sipp_reads_their_scenario_and_each_answers_by_its_own_number() -> None:
    numbers = [f"1390519{number:04d}" for number in range(60)]
    text = "".join(f'[[mobiles]]\nnumber = "{number}"\ncalls = ["ring 2, answer, stay"]\n' for number in numbers)
    document = phone_xml(parse_scenario(f'title = "t"\n{text}').mobiles, secret=None, sound="tone")

    assert len(document) < 65_536
    assert all(number in document for number in numbers)
    assert "Contact: <sip:[$dialled]@" in document
