"""Somebody in a mediation puts the room on hold at their own phone: who hears whom meanwhile, and behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hotline_lab.play import Stage
from hotline_lab.sound import VOICES, voice
from tests.e2e.counting_caller import CountingCaller, calling
from tests.e2e.mediation_room import LIMIT, Centre, Desk, line, open_centre, phones
from tests.e2e.sound_check import HEARD, height, samples_of

NUMBER = 3
MERCHANT = "13805190051"
MUSIC = 440
HOLD_SECONDS = 7

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with open_centre(tmp_path_factory.mktemp("lab"), NUMBER) as centre:
        yield centre


async def heard_by(caller: CountingCaller) -> set[str]:
    """Whose voices reach the caller within half a second, and whether music does."""
    tones = {**VOICES, "music": MUSIC}
    caller.sound.clear()
    await asyncio.sleep(0.6)
    samples = samples_of(caller.sound)
    pieces = [samples[begin : begin + 800] for begin in range(0, len(samples) - 800, 800)]
    return {kind for kind, hertz in tones.items() if any(height(piece, hertz) > HEARD for piece in pieces)}


def has_done(stage: Stage, number: str, what: str) -> bool:
    """Whether the phone says that it did that."""
    return any(event.name == what for call in stage.calls() if call.number == number for event in call.events)


HOLDERS = {
    "the host": (
        "1001",
        f"ring 0.2, answer, speak 12, hold {HOLD_SECONDS}, speak 60, stay",
        "ring 0.3, answer, speak 90, stay",
    ),
    "the merchant": (
        MERCHANT,
        "ring 0.2, answer, speak 90, stay",
        f"ring 0.3, answer, speak 8, hold {HOLD_SECONDS}, speak 60, stay",
    ),
}


@pytest.mark.parametrize("holder", HOLDERS)
async def test_a_phone_that_holds_the_room_brings_no_music_into_it_and_nobody_is_lost(
    centre: Centre, holder: str
) -> None:
    """The lab's phones go on speaking while they hold, as a phone with music of its own does."""
    number, host, merchant = HOLDERS[holder]
    desk = Desk(centre)
    everybody = {"agent", "mobile"}
    await centre.sit_down("mei", "1001")
    agents, mobiles = (line("1001", host),), (line(MERCHANT, merchant),)
    async with (
        phones(centre, agents=agents, mobiles=mobiles) as stage,
        calling(centre.lab.info, number="05198800051", sound=voice("caller")) as caller,
    ):
        await desk.start()
        await desk.ring(MERCHANT)
        await desk.until_in("merchant", "room")
        heard = []
        async with asyncio.timeout(LIMIT):
            while not has_done(stage, number, "resumes"):
                heard.append((has_done(stage, number, "holds"), await heard_by(caller)))
            while await heard_by(caller) != everybody:
                pass
        during = [voices for is_held, voices in heard if is_held]
        assert during == [everybody] * len(during)
        assert len(during) > HOLD_SECONDS
        assert caller.hung_up_at is None
        told = await desk.look()
        assert told["state"] == "open"
        assert {leg["role"]: leg["place"] for leg in told["legs"]} == dict.fromkeys(
            ("host", "consumer", "merchant"), "room"
        )
        await desk.do("POST", "/end")
