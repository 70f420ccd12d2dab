"""What broadcasts look like to whoever asks, and their result as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.broadcasts import recording_store, ring_store, store
from callcenter.casework.broadcasts.rules import AnsweredVia
from callcenter.casework.broadcasts.schemas import (
    BroadcastFilterBody,
    BroadcastRecordingView,
    BroadcastRingView,
    BroadcastView,
    StandingView,
    TargetView,
)
from callcenter.casework.broadcasts.states import TargetState
from callcenter.casework.broadcasts.tables import BroadcastRecording, BroadcastRing, BroadcastRow, BroadcastTarget
from callcenter.casework.contacts.schemas import OrganisationView
from callcenter.casework.masks import mask_phone, mask_text
from callcenter.languages import Language, word_of
from callcenter.table_files import Column, Row, Table

RESULT = Table(
    name="broadcast",
    columns=(
        Column("organisation", "单位名称", 30),
        Column("state", "状态", 12),
        Column("attempts", "呼叫次数", 10),
        Column("contact", "最后呼叫的联系人", 18),
        Column("acknowledged_at", "确认时间", 19),
        Column("acknowledged_by", "确认人", 14),
        Column("acknowledged_via", "确认方式", 12),
        Column("acknowledged_how", "说明", 30),
    ),
)
_STATES = {
    TargetState.WAITING: "等待呼叫",
    TargetState.RINGING: "正在呼叫",
    TargetState.ACKNOWLEDGED: "已确认",
    TargetState.REFUSED: "无法执行",
    TargetState.UNREACHABLE: "未联系上",
}
_VIA = {AnsweredVia.PHONE: "电话按键", AnsweredVia.MANUAL: "人工登记"}


async def view_broadcasts(session: AsyncSession, found: Sequence[tuple[BroadcastRow, str]]) -> list[BroadcastView]:
    """In the same order."""
    standing = await store.count_standing(session, [row.id for row, _ in found])
    plain = ("id", "kind", "subject", "spoken_text", "started_at", "stopped_at", "ended_at")
    wanted = {row.recording_id for row, _ in found if row.recording_id is not None}
    recordings = {one: view_recording(*await recording_store.get_recording(session, one)) for one in wanted}
    return [
        BroadcastView(
            **{name: getattr(row, name) for name in plain},
            filter=BroadcastFilterBody.model_validate(row.filter),
            recording=None if row.recording_id is None else recordings[row.recording_id],
            started_by=name,
            standing=StandingView.model_validate(standing[row.id]),
        )
        for row, name in found
    ]


def view_recording(recording: BroadcastRecording, added_by: str) -> BroadcastRecordingView:
    """With who added it."""
    return BroadcastRecordingView(
        id=recording.id,
        name=recording.name,
        seconds=recording.duration.total_seconds(),
        sha256=recording.sha256,
        added_by=added_by,
        added_at=recording.added_at,
    )


async def view_targets(
    session: AsyncSession, targets: Sequence[BroadcastTarget], *, area_code: str
) -> list[TargetView]:
    """In the same order."""
    rings: dict[int, list[BroadcastRing]] = {target.id: [] for target in targets}
    for ring in await ring_store.list_rings(session, list(rings)):
        rings[ring.target_id].append(ring)
    return [_view_target(target, rings[target.id], area_code) for target in targets]


async def stream_result(
    session: AsyncSession, targets: Sequence[BroadcastTarget], *, area_code: str, language: Language
) -> AsyncIterator[list[Row]]:
    """The cells of each target in the order of the columns."""
    yield [_cells(view, language) for view in await view_targets(session, targets, area_code=area_code)]


def _cells(view: TargetView, language: Language) -> Row:
    via = view.acknowledged_via
    return [
        view.organisation.name,
        word_of(_words(_STATES), view.state, language),
        view.attempts,
        view.contact,
        view.acknowledged_at,
        view.acknowledged_by,
        None if via is None else word_of(_words(_VIA), via, language),
        view.acknowledged_how,
    ]


def _words(words: Mapping[TargetState, str] | Mapping[AnsweredVia, str]) -> dict[str, str]:
    return {key.value: word for key, word in words.items()}


def _view_target(target: BroadcastTarget, rings: Sequence[BroadcastRing], area_code: str) -> TargetView:
    return TargetView(
        id=target.id,
        organisation=OrganisationView(unit_id=target.unit_id, merchant_id=target.merchant_id, name=target.organisation),
        state=TargetState(target.state),
        contact=rings[-1].person if rings else None,
        attempts=target.attempts,
        acknowledged_at=target.acknowledged_at,
        acknowledged_by=mask_text(target.acknowledged_by, area_code=area_code),
        acknowledged_via=None if target.acknowledged_via is None else AnsweredVia(target.acknowledged_via),
        acknowledged_how=mask_text(target.acknowledged_how, area_code=area_code),
        rings=[
            BroadcastRingView(
                round=ring.round,
                person=ring.person,
                number=mask_phone(ring.number, area_code=area_code),
                pbx=ring.pbx,
                call_id=ring.call_id,
                requested_at=ring.requested_at,
                state=ring.state,  # type: ignore[arg-type]
                ended_at=ring.ended_at,
            )
            for ring in rings
        ],
    )
