"""A house whose calls have been recorded, for the tests of hearing and of deleting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from callcenter.accounts.tables import User
from callcenter.agents.tables import SignOn
from callcenter.audio.folders import message_folder
from callcenter.audio.intake import take_in_due
from callcenter.audio.rules import Purpose
from callcenter.audio.tables import AudioFile
from callcenter.calls.records import CallRecord, Outcome, Voicemail
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.recordings.intake import look as look_for_recordings
from callcenter.settings import Settings
from callcenter.voicemail.intake import look as look_for_messages
from tests.audio_examples import leave_message, record
from tests.integration.callback_examples import lost, store_confirmed

NOTICE = 1795395605


def settings_with_folders(home: Path, *, mediation_recordings: Path | None = None, **settings: Any) -> Settings:
    """Of a house whose PBX has its spool in `home`."""
    (home / "monitor").mkdir()
    (home / "voicemail").mkdir()
    return Settings(
        data_dir=home / "data",
        pbxs=(
            Pbx(
                recordings_dir=home / "monitor",
                voicemail_dir=home / "voicemail",
                mediation_recordings=mediation_recordings,
            ),
        ),
        cookie_secure=False,
        **settings,
    )


async def take_in_calls(database: Database, settings: Settings, calls: Iterable[CallRecord]) -> None:
    """Record the calls, and have the files taken in."""
    monitor = settings.pbxs[0].recordings_dir
    assert monitor is not None
    told = list(calls)
    for call in told:
        record(monitor, call.call_id, notice=NOTICE)
    await store_confirmed(database, told)
    await take_in_due(database, Purpose.RECORDING, "pbx1", partial(look_for_recordings, monitor))


async def take_in_message(database: Database, settings: Settings, number: int, begin: float = 0) -> None:
    """A caller leaves a message, and it is taken over."""
    spool = settings.pbxs[0].voicemail_dir
    assert spool is not None
    call = lost(number, begin, outcome=Outcome.VOICEMAIL)
    told = leave_message(spool, number, origtime=int(call.started_at.timestamp()) + 10)
    message = Voicemail(mailbox="2000@default", file=told, duration=timedelta(seconds=4))
    await store_confirmed(database, [replace(call, voicemail=message)])
    look = partial(look_for_messages, spool, message_folder(settings))
    await take_in_due(database, Purpose.MESSAGE, "pbx1", look)


async def ids(database: Database, call_id: str) -> dict[str, int]:
    """Ids of a call's files by kind."""
    async with database.sessions.begin() as session:
        files = await session.scalars(select(AudioFile).where(AudioFile.call_id == call_id))
        return {file.kind: file.id for file in files}


async def sit(
    database: Database, user: str, *, interface: str = "PJSIP/1001", since: datetime, until: datetime | None = None
) -> None:
    """The user is signed on at a device."""
    async with database.sessions.begin() as session:
        user_id = (await session.scalars(select(User.id).where(User.name == user))).one()
        values = {"pbx": "pbx1", "interface": interface, "signed_on_at": since, "signed_off_at": until}
        await session.execute(insert(SignOn).values(user_id=user_id, **values))
