"""AMI on the wire: the same messages wherever the network cuts the stream."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.pbx.wire import LARGEST_MESSAGE, LINK_STARTED, AmiReader, decode, event_name, header

SCENARIOS = Path(__file__).parents[1] / "scenarios"

BANNER = b"Asterisk Call Manager/9.0.0\r\n"
LOGIN = b"Response: Success\r\nMessage: Authentication accepted"
NAMED = "Event: Newchannel\r\nCallerIDName: 张三丰\r\nUniqueid: pbx1-1.0\r\nAppData: ".encode()
GATEWAY = "Event: Newchannel\r\nCallerIDName: 消费者\r\nUniqueid: pbx1-1.1".encode("gb18030")
STREAM = BANNER + LOGIN + b"\r\n\r\n" + NAMED + b"\r\n\r\n" + GATEWAY + b"\r\n\r\n"
MESSAGES = [LINK_STARTED, LOGIN, NAMED, GATEWAY]


def read(*pieces: bytes) -> list[bytes]:
    reader = AmiReader()
    return [message for piece in pieces for message in reader.feed(piece)]


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_a_cut_at_any_place_gives_the_same_messages(cut: int) -> None:
    assert read(STREAM[:cut], STREAM[cut:]) == MESSAGES


def test_one_byte_at_a_time_gives_the_same_messages() -> None:
    assert read(*(STREAM[place : place + 1] for place in range(len(STREAM)))) == MESSAGES


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.floats(0, 1), max_size=60), number=st.integers(0, 10_000))
def test_a_real_capture_in_any_pieces_gives_the_same_messages(cuts: list[float], number: int) -> None:
    captures = sorted(SCENARIOS.glob("*/capture.ami"))
    data = captures[number % len(captures)].read_bytes()
    places = sorted({0, len(data), *(int(cut * len(data)) for cut in cuts)})
    whole = read(data)
    assert read(*(data[begin:end] for begin, end in itertools.pairwise(places))) == whole
    assert (whole[0], len(whole) > 1) == (LINK_STARTED, True)


def test_a_new_banner_in_the_stream_drops_the_half_message_before_it() -> None:
    reader = AmiReader()
    assert reader.feed(STREAM + b"Event: Half\r\nUniqueid: pb" + STREAM) == MESSAGES * 2
    assert reader.damaged == 1


def test_a_banner_behind_a_whole_message_damages_nothing() -> None:
    reader = AmiReader()
    assert reader.feed(STREAM + STREAM) == MESSAGES * 2
    assert (reader.damaged, reader.has_rest) == (0, False)


def test_a_caller_who_calls_himself_a_banner_starts_no_connection() -> None:
    joke = b"Event: Newchannel\r\nCallerIDName: Asterisk Call Manager/1.0\r\nUniqueid: pbx1-1.0"
    assert read(joke + b"\r\n\r\n") == [joke]


@settings(max_examples=20, deadline=None)
@given(size=st.integers(LARGEST_MESSAGE, LARGEST_MESSAGE + 100_000), piece=st.sampled_from((65_536, 262_144, 1 << 20)))
def test_a_message_without_end_costs_no_memory_and_one_count(size: int, piece: int) -> None:
    reader = AmiReader()
    data = b"Event: Endless\r\nValue: " + b"x" * size
    for begin in range(0, len(data), piece):
        assert reader.feed(data[begin : begin + piece]) == []
        assert len(reader._buffer) <= LARGEST_MESSAGE + piece
    assert reader.feed(b"\r\n\r\n" + NAMED + b"\r\n\r\n") == [NAMED]
    assert reader.damaged == 1


def test_a_message_of_4_mib_comes_whole() -> None:
    large = b"Event: Large\r\nValue: " + b"x" * (4 * 1024 * 1024)
    data = large + b"\r\n\r\n"
    assert read(*(data[begin : begin + 65_536] for begin in range(0, len(data), 65_536))) == [large]


@given(garbage=st.binary(max_size=200))
def test_garbage_never_stops_the_stream(garbage: bytes) -> None:
    heard = read(garbage + b"\r\n\r\n" + NAMED + b"\r\n\r\n")
    assert heard[-1].removeprefix(b"\r\n") == NAMED
    for message in heard:
        event_name(message)
        header(message, b"\r\nUniqueid: ")


def test_headers_are_read_by_their_whole_name() -> None:
    message = (
        b"Event: DialBegin\r\nDestChannel: PJSIP/1001-1\r\nChannel: PJSIP/trunk-1\r\nExten: \r\nCallerIDNum: <unknown>"
    )
    assert event_name(message) == "DialBegin"
    assert header(message, b"\r\nChannel: ") == "PJSIP/trunk-1"
    assert header(message, b"\r\nEvent: ") == "DialBegin"
    assert header(message, b"\r\nExten: ") is None
    assert header(message, b"\r\nCallerIDNum: ") is None
    assert header(message, b"\r\nLinkedid: ") is None
    assert event_name(LOGIN) is None


def test_text_is_utf_8_or_else_gb18030_and_never_an_error() -> None:
    assert decode("张三".encode()) == "张三"
    assert decode("张三".encode("gb18030")) == "张三"
    assert "�" in decode(b"\xff\xff\xff")
