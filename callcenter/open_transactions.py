"""Which tasks have a transaction open: none of them may wait for a PBX.

A PBX may take seconds to answer. Whoever waits for it with a transaction open keeps a connection of the pool and every
lock that was taken, and a few requests are enough to keep everybody else from the database.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

_open: WeakKeyDictionary[asyncio.Task[object], int] = WeakKeyDictionary()


def transaction_began() -> asyncio.Task[object] | None:
    """The task that has one more transaction open from now on; None outside of any."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return None
    if task is not None:
        _open[task] = _open.get(task, 0) + 1
    return task


def transaction_ended(task: asyncio.Task[object] | None) -> None:
    """The task that `transaction_began` gave has one less."""
    if task is not None:
        _open[task] -= 1


def check_none_is_open() -> None:
    """Raises RuntimeError, a defect of ours, where the present task has a transaction open."""
    task = asyncio.current_task()
    if task is not None and _open.get(task):
        raise RuntimeError("A transaction is open: it would be held for as long as the PBX takes to answer.")
