"""The event login against a PBX that misbehaves."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from callcenter.errors import LoginRefused, PbxError
from callcenter.pbx.event_link import AmiLink, LinkDown, LinkUp, RawMessage, StreamItem
from callcenter.pbx.wire import LINK_STARTED, event_name, header
from tests.integration.fake_ami import BANNER, HASTE, Connection, FakeAmi, message, running, until

HANGUP = message(("Event", "Hangup"), ("Uniqueid", "pbx1-1.0"), ("Cause", "16"))
NAMED = "Event: NewCallerid\r\nUniqueid: pbx1-1.0\r\nCallerIDName: {}\r\n\r\n"


@pytest_asyncio.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    async with FakeAmi.serving() as fake:
        yield fake


class Hearing:
    """A link and all it told so far."""

    def __init__(self, link: AmiLink) -> None:
        self.link = link
        self.items: list[StreamItem] = []

    async def hear(self, wanted: str | type) -> StreamItem:
        """The next item of this type, or event of this name; what comes before it is kept too."""
        async with asyncio.timeout(10):
            while True:
                for item in await self.link.take(1):
                    self.items.append(item)
                    if (isinstance(wanted, type) and isinstance(item, wanted)) or _name(item) == wanted:
                        return item

    def told(self) -> list[str]:
        """The stream in short, without the answers to the pings."""
        return [name for item in self.items if (name := _name(item)) is not None]


def _name(item: StreamItem) -> str | None:
    if isinstance(item, RawMessage):
        return "banner" if item.raw == LINK_STARTED else event_name(item.raw)
    return type(item).__name__


def make_link(pbx: FakeAmi, *, secret: str = "right", backlog: int = 1000) -> AmiLink:
    return AmiLink(
        host="127.0.0.1", port=pbx.port, username="callcenter", secret=secret, backlog=backlog, patience=HASTE
    )


@asynccontextmanager
async def listening(pbx: FakeAmi, backlog: int = 1000) -> AsyncIterator[Hearing]:
    link = make_link(pbx, backlog=backlog)
    async with running(link.run(), link.close):
        hearing = Hearing(link)
        await hearing.hear("CoreShowChannelsComplete")
        yield hearing


async def test_a_link_begins_with_the_list_of_channels_that_are_up(pbx: FakeAmi) -> None:
    pbx.channels = ["pbx1-1.0", "pbx1-1.1"]
    before = datetime.now(UTC)
    async with listening(pbx) as hearing:
        assert hearing.link.is_up
        assert hearing.link.problem is None
        pbx.connections[0].say(HANGUP)
        last = await hearing.hear("Hangup")
        assert hearing.told() == [
            "LinkUp",
            "banner",
            "CoreShowChannel",
            "CoreShowChannel",
            "CoreShowChannelsComplete",
            "Hangup",
        ]
        assert isinstance(last, RawMessage)
        assert last.raw == HANGUP.removesuffix(b"\r\n\r\n")
        assert before <= last.at <= datetime.now(UTC)


async def test_events_in_the_packet_of_the_login_come_behind_the_link_up(pbx: FakeAmi) -> None:
    pbx.behind_login = message(("Event", "FullyBooted"), ("Uptime", "7")) + HANGUP
    async with listening(pbx) as hearing:
        assert hearing.told()[:4] == ["LinkUp", "banner", "FullyBooted", "Hangup"]


async def test_a_pbx_that_is_still_loading_its_queues_is_asked_again_when_it_has_booted(pbx: FakeAmi) -> None:
    unknown = "Invalid/unknown command: QueueStatus. Use Action: ListCommands to show available commands."
    pbx.answers["QueueStatus"] = message(("Response", "Error"), ("ActionID", "ACTIONID"), ("Message", unknown))
    booted = message(("Event", "FullyBooted"), ("Privilege", "system,all"), ("Status", "Fully Booted"), ("Uptime", "1"))
    async with listening(pbx) as hearing:
        while not (isinstance(item := await hearing.hear(RawMessage), RawMessage) and b"unknown" in item.raw):
            pass
        del pbx.answers["QueueStatus"]
        for _ in range(2):
            pbx.connections[0].say(booted)
            await hearing.hear("FullyBooted")
        hearing.link.tell({"Action": "Last"})
        await until(lambda: "Last" in pbx.actions)
    assert pbx.actions == ["Login", *["CoreShowChannels", "QueueStatus"] * 2, "Last"]


async def test_a_banner_in_pieces_is_a_banner(pbx: FakeAmi) -> None:
    pbx.banner = (BANNER[:7], BANNER[7:25], BANNER[25:-1], BANNER[-1:])
    async with listening(pbx) as hearing:
        assert hearing.told() == ["LinkUp", "banner", "CoreShowChannelsComplete"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
async def test_a_chinese_name_survives_every_cut(pbx: FakeAmi, encoding: str) -> None:
    data = NAMED.format("张三丰").encode(encoding)
    start = data.index(b"CallerIDName: ") + 14
    async with listening(pbx) as hearing:
        for cut in range(start, len(data)):
            await pbx.connections[0].say_in_pieces(data[:cut], data[cut:])
            heard = await hearing.hear("NewCallerid")
            assert isinstance(heard, RawMessage)
            assert header(heard.raw, b"\r\nCallerIDName: ") == "张三丰"


async def test_repeated_headers_and_an_empty_last_value_arrive_whole(pbx: FakeAmi) -> None:
    odd = b"Event: Odd\r\nChanVariable: a=1\r\nChanVariable: b=2\r\nReason: \r\n\r\n"
    async with listening(pbx) as hearing:
        pbx.connections[0].say(odd)
        heard = await hearing.hear("Odd")
        assert isinstance(heard, RawMessage)
        assert heard.raw == odd.removesuffix(b"\r\n\r\n")


async def test_garbage_and_a_message_of_4_mib_do_not_stop_the_stream(pbx: FakeAmi) -> None:
    large = b"Event: Large\r\nValue: " + b"x" * (4 * 1024 * 1024) + b"\r\n\r\n"
    async with listening(pbx) as hearing:
        pbx.connections[0].say(b"\0\xff\xfe\r\n: \r\n\r\n\r\n\r\nno header at all\r\n\r\n" + large + HANGUP)
        heard = await hearing.hear("Large")
        assert isinstance(heard, RawMessage)
        assert heard.raw == large.removesuffix(b"\r\n\r\n")
        await hearing.hear("Hangup")
        assert len(pbx.connections) == 1


async def test_a_message_without_end_is_given_up_and_the_next_one_is_heard(pbx: FakeAmi) -> None:
    async with listening(pbx) as hearing:
        pbx.connections[0].say(b"Event: Endless\r\n" + b"x" * (9 * 1024 * 1024) + b"\r\n\r\n" + HANGUP)
        await hearing.hear("Hangup")
        assert "Endless" not in hearing.told()


async def test_order_is_kept_however_many_events_come_at_once(pbx: FakeAmi) -> None:
    async with listening(pbx, backlog=10_000) as hearing:
        pbx.connections[0].say(
            b"".join(message(("Event", "VarSet"), ("Value", str(number))) for number in range(5000)) + HANGUP
        )
        await hearing.hear("Hangup")
        values = [
            header(item.raw, b"\r\nValue: ")
            for item in hearing.items
            if isinstance(item, RawMessage) and _name(item) == "VarSet"
        ]
        assert values == [str(number) for number in range(5000)]


@pytest.mark.parametrize(
    ("end", "reason"),
    [(Connection.drop, "Connection reset by peer"), (Connection.hang_up, "the PBX closed it")],
)
async def test_a_drop_is_a_gap_and_the_list_of_channels_comes_again(
    pbx: FakeAmi, end: Callable[[Connection], None], reason: str
) -> None:
    async with listening(pbx) as hearing:
        pbx.connections[0].say(HANGUP)
        await hearing.hear("Hangup")
        end(pbx.connections[0])
        down = await hearing.hear(LinkDown)
        up = await hearing.hear(LinkUp)
        await hearing.hear("CoreShowChannelsComplete")
        assert isinstance(down, LinkDown)
        assert isinstance(up, LinkUp)
        assert down.at <= up.at
        assert down.reason == f"The connection to 127.0.0.1:{pbx.port} was lost: {reason}."
        assert hearing.told() == [
            *("LinkUp", "banner", "CoreShowChannelsComplete", "Hangup", "LinkDown"),
            *("LinkUp", "banner", "CoreShowChannelsComplete"),
        ]


async def test_a_link_whose_bytes_may_be_late_has_heard_all_only_until_its_last_answered_ping(pbx: FakeAmi) -> None:
    async with listening(pbx) as hearing:
        link, begin = hearing.link, datetime.now(UTC)
        await until(lambda: link.heard_all_until > begin)
        pbx.is_mute = True
        muted_at = datetime.now(UTC)
        await asyncio.sleep(2 * HASTE.ping_every.total_seconds())
        pbx.connections[0].say(HANGUP)
        last = await hearing.hear("Hangup")
        heard_all_until = link.heard_all_until
        pbx.connections[0].drop()
        down = await hearing.hear(LinkDown)

    assert isinstance(last, RawMessage)
    assert isinstance(down, LinkDown)
    assert begin < heard_all_until <= muted_at < last.at
    assert down.at == heard_all_until


@pytest.mark.parametrize(("behind", "is_believed"), [(timedelta(seconds=90), False), (timedelta(hours=25), True)])
async def test_where_clocks_do_not_agree_all_is_heard_only_until_what_the_pbxs_shows(
    pbx: FakeAmi, behind: timedelta, is_believed: bool
) -> None:
    begin = datetime.now(UTC)
    told = message(
        ("Response", "Success"), ("ActionID", "ACTIONID"), ("Ping", "Pong"),
        ("Timestamp", f"{(begin - behind).timestamp():.6f}"),
    )  # fmt: skip
    pbx.answers["Ping"] = told
    async with listening(pbx) as hearing:
        link = hearing.link
        await until(lambda: sum(action["Action"] == "Ping" for action in pbx.connections[0].actions) > 2)
        if is_believed:
            await until(lambda: link.heard_all_until < begin)
            assert abs(link.heard_all_until - (begin - behind)) < timedelta(seconds=1)
        else:
            assert link.heard_all_until >= begin


async def test_half_a_message_before_a_drop_is_never_glued_to_the_next_connection(pbx: FakeAmi) -> None:
    async with listening(pbx) as hearing:
        await pbx.connections[0].say_in_pieces(b"Event: Half\r\nUniqueid: ")
        pbx.connections[0].drop()
        await hearing.hear("CoreShowChannelsComplete")
        assert "Half" not in hearing.told()


async def test_a_half_open_link_is_noticed(pbx: FakeAmi) -> None:
    async with listening(pbx) as hearing:
        await until(lambda: any(action["Action"] == "Ping" for action in pbx.connections[0].actions))
        pbx.is_mute = True
        muted_at = datetime.now(UTC)
        down = await hearing.hear(LinkDown)
        noticed_at = datetime.now(UTC)
        pbx.is_mute = False
        await hearing.hear(LinkUp)
        assert isinstance(down, LinkDown)
        assert down.reason == f"The PBX at 127.0.0.1:{pbx.port} left 8 pings unanswered."
        assert down.at <= muted_at + timedelta(seconds=0.1)
        assert noticed_at - muted_at < timedelta(seconds=5)


async def test_a_quiet_pbx_that_answers_pings_keeps_its_link(pbx: FakeAmi) -> None:
    async with listening(pbx) as hearing:
        await until(lambda: len(pbx.connections[0].actions) > 20)
        assert hearing.link.is_up
        assert len(pbx.connections) == 1


async def test_nobody_at_home_is_no_item_and_the_link_comes_when_somebody_is(pbx: FakeAmi) -> None:
    pbx.answers["Login"] = None
    link = make_link(pbx)
    async with running(link.run(), link.close):
        await until(lambda: len(pbx.connections) == 2)
        assert link.problem == f"The PBX at 127.0.0.1:{pbx.port} does not answer."
        pbx.answers.clear()
        hearing = Hearing(link)
        await hearing.hear("CoreShowChannelsComplete")
        assert hearing.told() == ["LinkUp", "banner", "CoreShowChannelsComplete"]


async def test_a_closed_port_is_tried_again_with_growing_waits(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAmi.serving() as gone:
        port = gone.port
    caplog.set_level(logging.WARNING)
    link = AmiLink(host="127.0.0.1", port=port, username="callcenter", secret="right", patience=HASTE)
    with pytest.raises(PbxError, match=r"^The PBX at 127\.0\.0\.1:\d+ cannot be reached: Connection refused\.$"):
        await link.open()
    async with running(link.run(), link.close):
        await until(lambda: link.problem is not None and "cannot be reached" in link.problem)
        assert not link.is_up


async def test_a_refused_login_is_asked_again_only_after_the_longest_wait(pbx: FakeAmi) -> None:
    link = make_link(pbx, secret="wrong-secret")
    with pytest.raises(LoginRefused) as refused:
        await link.open()
    assert str(refused.value) == "The login callcenter failed. The PBX refused Login: Authentication failed."
    await link.close()
    again = make_link(pbx, secret="wrong-secret")
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with running(again.run(), again.close):
        await until(lambda: len(pbx.connections) == 4)
        assert loop.time() - began >= 2 * HASTE.retry_refused.total_seconds() - 0.02
        assert list(again._items) == []


@pytest.mark.parametrize("is_right", [True, False])
async def test_the_secret_is_in_no_error_log_or_repr(
    pbx: FakeAmi, caplog: pytest.LogCaptureFixture, is_right: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    pbx.secret = "s3cret-one" if is_right else "another"
    link = make_link(pbx, secret="s3cret-one")
    async with running(link.run(), link.close):
        await until(lambda: link.is_up or "failed" in str(link.problem))
        shown = repr(link) + repr(link.protocol) + str(link.problem)
        pbx.connections[-1].hang_up()
        await until(lambda: not link.is_up)
        shown += repr(link) + str(link.problem) + repr(link._items)
    assert "s3cret-one" not in shown + caplog.text
    assert "callcenter" in caplog.text


async def test_a_consumer_that_falls_behind_costs_a_gap_and_never_more_memory(pbx: FakeAmi) -> None:
    async with listening(pbx, backlog=100) as hearing:
        flood = b"".join(message(("Event", "VarSet"), ("Value", str(number))) for number in range(500))
        pbx.connections[0].say(flood)
        await until(lambda: hearing.link.dropped >= 400)
        assert len(hearing.link._items) <= 101
        down = await hearing.hear(LinkDown)
        assert isinstance(down, LinkDown)
        assert down.reason == "The backend was more than 100 messages behind."
        pbx.connections[0].say(HANGUP)
        await hearing.hear("CoreShowChannelsComplete")
        tail = hearing.told()[hearing.told().index("LinkDown") :]
        assert [name for name in tail if name != "Hangup"] == [
            "LinkDown",
            "LinkUp",
            "banner",
            "CoreShowChannelsComplete",
        ]
        assert len(pbx.connections) == 1


async def test_a_drop_during_the_backlog_is_one_gap(pbx: FakeAmi) -> None:
    async with listening(pbx, backlog=10) as hearing:
        pbx.connections[0].say(HANGUP * 50)
        await until(lambda: hearing.link.dropped > 0)
        pbx.connections[0].drop()
        await until(lambda: len(pbx.connections) == 2 and hearing.link.is_up)
        await hearing.hear("CoreShowChannelsComplete")
        told = hearing.told()
        assert (told.count("LinkDown"), told.count("LinkUp")) == (1, 2)


async def test_closing_ends_the_stream_with_a_gap(pbx: FakeAmi) -> None:
    async with listening(pbx) as hearing:
        pass
    rest = await hearing.link.take()
    assert [_name(item) for item in rest if _name(item)] == ["LinkDown"]
    assert await hearing.link.take() == []
    await until(lambda: pbx.connections[0].is_gone)


async def test_a_consumer_that_waits_is_released_by_closing(pbx: FakeAmi) -> None:
    link = make_link(pbx)
    waiting = asyncio.ensure_future(link.take())
    await asyncio.sleep(0)
    await link.close()
    async with asyncio.timeout(10):
        assert await waiting == []


async def test_a_cancelled_link_leaves_no_connection(pbx: FakeAmi) -> None:
    link = make_link(pbx)
    task = asyncio.ensure_future(link.run())
    await until(lambda: link.is_up)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: pbx.connections[0].is_gone)
    gc.collect()


async def test_a_defect_of_ours_ends_run_loudly(pbx: FakeAmi) -> None:
    class Broken(AmiLink):
        def heard(self, message: bytes, at: datetime) -> None:
            raise ZeroDivisionError

    noticed: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: noticed.append(context))
    link = Broken(host="127.0.0.1", port=pbx.port, username="callcenter", secret="right", patience=HASTE)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(10):
            await link.run()
    assert len(noticed) == 1
