"""The proof of a day says of each answered call whether it became a matter, has a reason why not, or neither."""

from __future__ import annotations

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.store import add_user, get_user
from callcenter.audit.render import to_json, to_text
from callcenter.casework.dispositions.rules import NoTicket
from callcenter.casework.dispositions.store import put_reason
from callcenter.casework.tickets.rules import Linked
from callcenter.casework.tickets.service import add_link
from tests.integration.casework_examples import add_ticket
from tests.integration.test_audit import NOW, Hotline, figure, hotline

__all__ = ["hotline"]

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
