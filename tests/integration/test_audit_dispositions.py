"""The proof of a day says of each answered call whether it became a matter, has a reason why not, or neither."""

from __future__ import annotations

from datetime import date, timedelta

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.store import add_user, get_user
from callcenter.audit.chain import verify_chain
from callcenter.audit.render import to_json, to_text
from callcenter.callbacks.day_list_store import list_sheets
from callcenter.callbacks.day_lists import freeze_due_days
from callcenter.casework.dispositions.rules import NoTicket
from callcenter.casework.dispositions.service import describe_day
from callcenter.casework.dispositions.store import put_reason
from callcenter.casework.tickets.rules import Linked
from callcenter.casework.tickets.service import add_link
from tests.integration.casework_examples import add_ticket
from tests.integration.test_audit import AFTER_MIDNIGHT, MONDAY, NOW, Hotline, figure, hotline

__all__ = ["hotline"]

TUESDAY = date(2026, 11, 24)
ANSWERED, LOST_AFTER_TRANSFER, ABANDONED = "pbx1-1.0", "pbx1-7.0", "pbx1-2.0"


async def test_every_call_that_somebody_talked_in_has_a_ticket_a_reason_or_neither(hotline: Hotline) -> None:
    report = await hotline.audit()
    assert to_json(report)["dispositions"] == {"ticket": figure(), "reason": figure(), "missing": figure(1, 7)}
    async with hotline.database.sessions.begin() as session:
        await add_user(session, name="chen", role=Role.AGENT, password_hash="-", at=NOW)
        user_id = (await get_user(session, "chen")).id
        chen = SignedIn(user_id=user_id, name="chen", role=Role.AGENT)
        for call in (ANSWERED, LOST_AFTER_TRANSFER, ABANDONED):
            await put_reason(session, "pbx1", call, reason=NoTicket.SILENT, remark=None, by=user_id, at=NOW)
        ticket = await add_ticket(session, chen, "key-00000001")
        await add_link(session, ticket, Linked.CALL, call=("pbx1", ANSWERED), ref_id=None, user=chen, now=NOW)
    after = await hotline.audit()
    # one with both has its ticket; a reason for a call that nobody answered says nothing
    assert to_json(after)["dispositions"] == {"ticket": figure(1), "reason": figure(7), "missing": figure()}
    assert after.answer is report.answer
    printed = [line.replace("│", " ").split() for line in to_text(after).splitlines() if "talked to" in line]
    assert [" ".join(words) for words in printed] == [
        f"talked to, with a ticket 1 {ANSWERED}",
        f"talked to, with a reason why not 1 {LOST_AFTER_TRANSFER}",
        "talked to, with neither 0",
    ]


async def test_the_sheet_of_the_night_has_what_was_said_by_then_and_the_chain_holds_over_older_sheets(
    hotline: Hotline,
) -> None:
    """Sheets that were frozen before there were dispositions stay as they are, and their hashes with them."""
    await freeze_due_days(hotline.database, hotline.settings, AFTER_MIDNIGHT)
    async with hotline.database.sessions.begin() as session:
        await add_user(session, name="chen", role=Role.AGENT, password_hash="-", at=NOW)
        user_id = (await get_user(session, "chen")).id
        (old,) = await list_sheets(session)
    await hotline.execute("UPDATE calls SET business_date = '2026-11-24'")
    async with hotline.database.sessions.begin() as session:
        await put_reason(session, "pbx1", ANSWERED, reason=NoTicket.SILENT, remark=None, by=user_id, at=NOW)
    next_night = AFTER_MIDNIGHT + timedelta(days=1)
    assert await freeze_due_days(hotline.database, hotline.settings, next_night, describe_day) == [TUESDAY]
    async with hotline.database.sessions.begin() as session:
        await put_reason(session, "pbx1", LOST_AFTER_TRANSFER, reason=NoTicket.TEST, remark=None, by=user_id, at=NOW)
        first, second = await list_sheets(session)
        chain = await verify_chain(session, MONDAY, TUESDAY)
    assert (first.sheet, first.sha256) == (old.sheet, old.sha256)
    assert "dispositions" not in first.sheet
    assert second.sheet["dispositions"] == {
        "answered": 2,
        "with_ticket": 0,
        "with_reason": 1,
        "missing": 1,
        "missing_by_agent": [{"agent": "1001", "calls": 1}],
    }
    assert (second.previous_sha256, chain.breaks, chain.is_whole) == (first.sha256, (), True)
    told = to_text(await hotline.audit(TUESDAY, now=next_night))
    assert "2 = 0 with a ticket + 1 with a reason why not + 1 with neither (1001 1)." in told
    assert "as the sheet has it" not in to_text(await hotline.audit(now=next_night))

    # what was frozen of them is under the hash like everything else
    await hotline.execute(
        "UPDATE day_sheets SET sheet = jsonb_set(sheet, '{dispositions,missing}', '0')"
        " WHERE business_date = '2026-11-24'"
    )
    async with hotline.database.sessions.begin() as session:
        changed = await verify_chain(session, MONDAY, TUESDAY)
    assert changed.breaks == ("The sheet of 2026-11-24 was changed.",)
