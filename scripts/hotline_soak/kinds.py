"""Every kind of random call, by the lane in which it is played."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from hotline_soak import hotline_kinds, line_kinds, page_kinds
from hotline_soak.desks import Desk
from hotline_soak.pieces import Piece

Kind = Callable[[Desk, Random], Piece]

LANES: Mapping[str, Sequence[Kind]] = {
    "hotline": (
        hotline_kinds.answered,
        hotline_kinds.answered,
        hotline_kinds.agent_hangs_up,
        hotline_kinds.gives_up_in_queue,
        hotline_kinds.gives_up_in_greeting,
        hotline_kinds.second_agent,
        hotline_kinds.queue_timeout,
        hotline_kinds.exit_key,
        hotline_kinds.overflow,
        hotline_kinds.blind_transfer,
        hotline_kinds.transfer_comes_back,
        hotline_kinds.lost_after_transfer,
        hotline_kinds.attended_transfer,
        hotline_kinds.blonde_transfer,
        hotline_kinds.third_try,
    ),
    "evening": (line_kinds.closed, line_kinds.mailbox_abandoned, line_kinds.message_left),
    "queues": (line_kinds.queue_full, line_kinds.queue_join_empty, line_kinds.at_home),
    "refused": (line_kinds.busy_line, line_kinds.congested_line, line_kinds.rejected_line),
    "direct": (
        line_kinds.direct_answered,
        line_kinds.direct_busy,
        line_kinds.direct_no_answer,
        line_kinds.direct_given_up,
        line_kinds.ring_group,
    ),
}
"""Kinds that share an agent or a line are in one lane, with one call at a time at each desk."""

MOBILE_KINDS: Sequence[Kind] = (line_kinds.mobile_answers, line_kinds.mobile_does_not_answer, line_kinds.outbound)
"""In the lane of direct calls of the first desk."""

PAGE_KINDS: Sequence[Kind] = (
    page_kinds.page_answers,
    page_kinds.page_answers,
    page_kinds.page_hangs_up,
    page_kinds.page_reloads,
)
"""In a lane of their own, where there is an agent in a browser."""
