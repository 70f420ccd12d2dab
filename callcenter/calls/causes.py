"""What a hangup cause says of somebody who was rung and did not answer, and what a queue's exit says of the caller.

One table for calls, dials, mediations and figures.

Causes are those of Q.850 as Asterisk uses them (include/asterisk/causes.h). A SIP answer becomes a cause in
`ast_sip_hangup_sip2cause` (res/res_pjsip.c; chan_sip.c has the same table):

| SIP answer | cause | outcome |
|---|---|---|
| 486, 600 | 17 user busy | busy |
| 408 | 18 no user responding | no_answer |
| 480, 483 | 19 no answer from the user | no_answer |
| 401, 403, 407, 603 | 21 call rejected | rejected |
| 404, 485, 604 | 1 unallocated number | rejected |
| 410 | 22 number changed | rejected |
| 484 | 28 invalid number format | rejected |
| 420 | 3 no route to destination | rejected |
| 409 | 41 temporary failure | rejected |
| 488, 606 | 58 bearer capability not available | rejected |
| 500 | 38 network out of order | rejected |
| 501 | 29 facility rejected | rejected |
| 502 | 27 destination out of order | rejected |
| 504 | 102 recovery on timer expiry | rejected |
| any other 4xx | 127 interworking | rejected |
| any other 5xx | 34 no circuit available | rejected |
| any other 6xx | 127 interworking | rejected |

`rejected` is what the contract calls "congestion, unavailable, unallocated, refused": the number did not ring, or
somebody did not want the call. A person who declines (603) and a carrier that forbids (403) come as one cause.
"""

from __future__ import annotations

from callcenter.calls.records import Outcome, QueueExit

BUSY_CAUSES = frozenset((17,))
UNANSWERED_CAUSES = frozenset((18, 19))
CALLED_OFF_CAUSES = frozenset((23, 26))
"""Redirected to a new destination (SIP 302), and answered elsewhere."""
NO_CAUSES = frozenset((0, 127))
"""Nothing was said, or nothing that Q.850 has a word for."""
REFUSING_CAUSES = frozenset((1, 2, 3, 6, 20, 21, 22, 25, 27, 28, 29, 34, 38, 41, 42, 43, 44, 50, 58, 66, 102))

DECLINED_CAUSES = frozenset((21,))
NO_ROUTE_CAUSES = frozenset((2, 3))
SWITCHED_OFF_CAUSES = frozenset((20, 27))
WRONG_NUMBER_CAUSES = frozenset((1, 22, 28))
"""Unallocated, changed, incomplete: nobody is ever reached there."""

_INTERWORKING = 127

OUTCOME_OF_EXIT = {
    QueueExit.TIMEOUT: Outcome.QUEUE_TIMEOUT,
    QueueExit.FULL: Outcome.QUEUE_FULL,
    QueueExit.JOIN_EMPTY: Outcome.QUEUE_EMPTY,
    QueueExit.LEAVE_EMPTY: Outcome.QUEUE_EMPTY,
    QueueExit.EXIT_KEY: Outcome.QUEUE_EXIT_KEY,
    QueueExit.CALLBACK_REQUESTED: Outcome.QUEUE_EXIT_KEY,
    QueueExit.ABANDONED: Outcome.ABANDONED_QUEUE,
    QueueExit.WITHDRAWN: Outcome.QUEUE_TIMEOUT,
    QueueExit.CONNECTED: Outcome.ABANDONED_QUEUE,
    QueueExit.UNKNOWN: Outcome.UNKNOWN,
}
"""The outcome of a caller who was not answered and whose last stay in a queue ended so."""


def outcome_of_refusal(cause: int | None) -> Outcome | None:
    """What it came to with somebody who was rung and whose own side ended that; None where the cause does not say."""
    if cause in BUSY_CAUSES:
        return Outcome.BUSY
    if cause in UNANSWERED_CAUSES:
        return Outcome.NO_ANSWER
    if cause in REFUSING_CAUSES or cause == _INTERWORKING:
        return Outcome.REJECTED
    return None
