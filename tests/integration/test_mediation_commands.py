"""What mediations ask of a PBX: in which order, how often, and what they make of what it says or does not say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from callcenter.accounts.rights import Role as UserRole
from callcenter.accounts.rights import SignedIn
from callcenter.dialling.directory import DirectoryKind, add_entry
from callcenter.errors import ResultUnknown
from callcenter.mediation import invitations, leg_control, start, store
from callcenter.mediation.host_watch import HostWatch
from callcenter.mediation.pbx_sync import synchronise
from callcenter.mediation.rules import LegCommand, LegFailure, LegRole, MediationState
from callcenter.mediation.worker import look
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.settings import Settings
from tests.integration.conftest import NOW
from tests.integration.fake_ami import HASTE, FakeAmi, message
from tests.integration.test_mediation import Headers, open_mediation, user_id

SETTINGS = Settings()
LEGS = ("pbx1-1.0host", "pbx1-1.0consumer", "pbx1-1.0merchant")
ENTERED = [(uniqueid, "entered") for uniqueid in LEGS]


@asynccontextmanager
async def pbx() -> AsyncIterator[tuple[FakeAmi, AmiCommands]]:
    """A PBX on which all three are in the room."""
    async with FakeAmi.serving() as fake:
        commands = AmiCommands(host="127.0.0.1", port=fake.port, username="u", secret=fake.secret, patience=HASTE)
        await commands.open()
        fake.channels = list(LEGS)
        fake.answers["DBGetTree"] = tree(ENTERED)
        try:
            yield fake, commands
        finally:
            await commands.close()


def tree(words: list[tuple[str, str]]) -> bytes:
    """What the dialplan has written about mediation 1, a second apart."""
    action_id = ("ActionID", "ACTIONID")
    begin = message(("Response", "Success"), action_id, ("EventList", "start"), ("Message", "Result will follow"))
    told = [
        message(
            ("Event", "DBGetTreeResponse"),
            ("Key", f"/mediation/1/{NOW.timestamp() + seconds:.3f}/{uniqueid}"),
            ("Val", word),
            action_id,
        )
        for seconds, (uniqueid, word) in enumerate(words)
    ]
    return begin + b"".join(told) + message(("Event", "DBGetTreeComplete"), action_id, ("EventList", "Complete"))


def clock_at(seconds: float) -> Callable[[], datetime]:
    return lambda: NOW + timedelta(seconds=seconds)


async def host(database: Database) -> SignedIn:
    async with database.sessions.begin() as session:
        number = await user_id(session, UserRole.AGENT)
    return SignedIn(user_id=number, name="mei-agent", role=UserRole.AGENT)


def moves(fake: FakeAmi) -> list[tuple[str, str]]:
    """Who was sent where, in order."""
    [connection] = fake.connections
    return [(sent["Channel"], sent["Context"]) for sent in connection.actions if sent["Action"] == "Redirect"]


async def test_at_the_end_the_host_goes_last_so_that_nobody_takes_the_consumer_for_left_alone(
    database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    async with pbx() as (fake, commands):
        await leg_control.end(
            database, PbxRegistry({"pbx1": commands}), mediation_id, user=await host(database), now=NOW
        )
        assert moves(fake) == [(leg, "mediation-end") for leg in (LEGS[1], LEGS[2], LEGS[0])]


async def test_a_mediation_that_a_supervisor_ends_says_so(database: Database, as_role: Headers) -> None:
    mediation_id = await open_mediation(database)
    async with database.sessions.begin() as session:
        number = await user_id(session, UserRole.SUPERVISOR)
    boss = SignedIn(user_id=number, name="mei-supervisor", role=UserRole.SUPERVISOR)
    async with pbx() as (_, commands):
        pbxs = PbxRegistry({"pbx1": commands})
        await leg_control.end(database, pbxs, mediation_id, user=boss, now=NOW)
    async with database.sessions.begin() as session:
        assert (await store.get_mediation(session, mediation_id)).end_reason == "by_supervisor"


async def test_a_private_word_takes_the_one_back_and_puts_the_other_on_hold(
    database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    async with pbx() as (fake, commands):
        fake.answers["DBGetTree"] = tree([*ENTERED, (LEGS[1], "held")])
        async with database.sessions.begin() as session:
            consumer = (await store.list_legs(session, mediation_id))[1].id
        command = LegCommand.PRIVATE_WORD
        user = await host(database)
        pbxs = PbxRegistry({"pbx1": commands})
        await leg_control.command_leg(database, pbxs, mediation_id, consumer, command, user=user, now=NOW)
        assert moves(fake) == [(LEGS[2], "mediation-hold"), (LEGS[1], "mediation-return")]


async def test_legs_that_a_pbx_knows_no_longer_and_did_not_see_off_are_lost(
    database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    async with pbx() as (fake, commands):
        fake.channels = []
        await synchronise(database, commands, mediation_id, NOW + timedelta(seconds=9))
    async with database.sessions.begin() as session:
        mediation = await store.get_mediation(session, mediation_id)
        assert (mediation.state, mediation.end_reason) == ("ended", "host_gone")
        legs = await store.list_legs(session, mediation_id)
        assert [(leg.last_word, leg.left_at) for leg in legs] == [("lost", NOW + timedelta(seconds=9))] * 3


async def test_who_came_into_the_room_as_the_host_left_it_is_moved_out_once(
    database: Database, as_role: Headers
) -> None:
    await open_mediation(database)
    async with pbx() as (fake, commands):
        fake.channels = list(LEGS[1:])
        fake.answers["DBGetTree"] = tree([*ENTERED, (LEGS[0], "gone")])
        sent = []
        for seconds in (4, 9, 10):
            await look(database, commands, SETTINGS, SETTINGS.pbxs[0], clock_at(seconds), HostWatch())
            sent.append(moves(fake))
    assert sent == [[], [(LEGS[1], "mediation-hold"), (LEGS[2], "mediation-hold")], sent[1]]


async def test_a_number_is_written_down_before_it_is_rung_and_rung_once_though_the_pbx_says_nothing(
    database: Database, as_role: Headers
) -> None:
    mediation_id = await open_mediation(database)
    async with database.sessions.begin() as session:
        await add_entry(session, name="Office", number="+8651986612345", kind=DirectoryKind.OFFICE)
    async with pbx() as (fake, commands):
        fake.answers["Originate"] = None
        with pytest.raises(ResultUnknown):
            await invitations.ring(
                database,
                PbxRegistry({"pbx1": commands}),
                SETTINGS,
                mediation_id,
                user=await host(database),
                role=LegRole.MARKET_OFFICE,
                number="0519-8661 2345",
                now=NOW,
            )
        for seconds in (1, 60, 300):
            await look(database, commands, SETTINGS, SETTINGS.pbxs[0], clock_at(seconds), HostWatch())
        [sent] = [action for action in fake.connections[0].actions if action["Action"] == "Originate"]
    async with database.sessions.begin() as session:
        leg = (await store.list_legs(session, mediation_id))[-1]
    assert (leg.role, leg.number, leg.failure) == ("market_office", "+8651986612345", LegFailure.UNKNOWN)
    assert {name: sent[name] for name in sent if name != "ActionID"} == {
        "Action": "Originate",
        "Channel": "PJSIP/051986612345@trunk-main",
        "ChannelId": leg.uniqueid,
        "Context": "mediation-guest",
        "Exten": str(mediation_id),
        "Priority": "1",
        "CallerID": "12315 <12315>",
        "Timeout": "30000",
        "Async": "true",
    }


async def test_a_host_who_never_came_into_the_room_ends_the_mediation(database: Database, as_role: Headers) -> None:
    mediation_id = await open_mediation(database)
    async with database.sessions.begin() as session:
        await store.change_mediation(session, mediation_id, state=MediationState.CALLING, opened_at=None)
        for leg in await store.list_legs(session, mediation_id):
            await store.change_leg(session, leg.id, joined_at=None)
    states = []
    async with pbx() as (fake, commands):
        fake.channels, fake.answers["DBGetTree"] = [], tree([])
        for seconds in (1, 6):
            await synchronise(database, commands, mediation_id, NOW + timedelta(seconds=seconds))
            async with database.sessions.begin() as session:
                mediation = await store.get_mediation(session, mediation_id)
                states.append((mediation.state, mediation.end_reason))
    assert states == [("calling", None), ("ended", "host_not_reached")]


async def test_at_the_appointed_time_a_host_who_is_not_signed_on_is_not_rung(
    database: Database, as_role: Headers
) -> None:
    user = await host(database)
    async with database.sessions.begin() as session:
        mediation_id = await start.appoint(
            session,
            SETTINGS,
            user=user,
            appointed_for=NOW + timedelta(hours=1),
            consumer="13805190001",
            merchant="13805190002",
            now=NOW,
        )
    states = []
    async with pbx() as (fake, commands):
        for minutes in (59, 61):
            await look(database, commands, SETTINGS, SETTINGS.pbxs[0], clock_at(minutes * 60), HostWatch())
            async with database.sessions.begin() as session:
                states.append((await store.get_mediation(session, mediation_id)).state)
        assert "Originate" not in fake.actions
    assert states == ["appointed", "ended"]
