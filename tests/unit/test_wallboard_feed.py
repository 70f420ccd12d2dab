"""Changes of a document as patches, and how clients get them."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.wallboard import feed as feed_module
from callcenter.wallboard.feed import MOST_WAITING, Client, Feed
from callcenter.wallboard.json_patch import Document, apply, diff

names = st.text("ab/~0", max_size=3)
values = st.none() | st.booleans() | st.integers(0, 2) | st.just([1]) | st.just("")
documents = st.dictionaries(
    names, st.recursive(values, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=8), max_size=4
)


@given(documents, documents)
def test_the_difference_makes_one_document_of_the_other(old: Document, new: Document) -> None:
    changed = deepcopy(old)
    changes = json.loads(json.dumps(list(diff(old, new))))
    apply(changed, changes)
    assert json.dumps(changed, sort_keys=True) == json.dumps(new, sort_keys=True)
    assert bool(changes) is (json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True))


def test_a_change_names_its_place_as_rfc_6901_has_it() -> None:
    old, new = {"a": {"x/y": 1, "m~n": 2, "same": {}}}, {"a": {"x/y": 3, "same": {}, "new": {"deep": None}}}
    assert list(diff(old, new)) == [
        {"op": "remove", "path": "/a/m~0n"},
        {"op": "replace", "path": "/a/x~1y", "value": 3},
        {"op": "add", "path": "/a/new", "value": {"deep": None}},
    ]


async def told(client: Client) -> dict[str, Any]:
    async with asyncio.timeout(1):
        message = await client.next()
    assert message is not None
    body: dict[str, Any] = json.loads(message.text)
    assert message.event_id == f"{body['board']}:{body['sequence']}"
    return body


async def test_a_new_client_gets_a_snapshot_and_then_every_change() -> None:
    feed = Feed()
    feed.publish({"n": 0})
    with feed.connect(None) as client:
        assert await told(client) == {
            "type": "snapshot", "board": feed.board_id, "sequence": 0, "document": {"n": 0},
        }  # fmt: skip
        feed.publish({"n": 1})
        feed.publish({"n": 1})
        feed.publish({"n": 2})
        changes = [{"op": "replace", "path": "/n", "value": number} for number in (1, 2)]
        for sequence, change in enumerate(changes, 1):
            assert await told(client) == {
                "type": "delta", "board": feed.board_id, "sequence": sequence, "changes": [change],
            }  # fmt: skip


async def test_a_client_that_comes_back_gets_what_it_missed_and_nothing_twice() -> None:
    feed = Feed()
    for number in range(4):
        feed.publish({"n": number})
    with feed.connect(f"{feed.board_id}:1") as client:
        assert [(await told(client))["sequence"] for _ in range(2)] == [2, 3]
    with feed.connect(f"{feed.board_id}:3") as client:
        feed.publish({"n": 9})
        assert (await told(client))["sequence"] == 4


@pytest.mark.parametrize("after", ["", ":", "other:1", "BOARD:", "BOARD:-1", "BOARD:5", "BOARD:٣", "BOARD:" + "9" * 50])
async def test_an_id_that_says_nothing_here_gives_a_snapshot(after: str) -> None:
    feed = Feed()
    for number in range(4):
        feed.publish({"n": number})
    with feed.connect(after.replace("BOARD", feed.board_id)) as client:
        assert (await told(client))["document"] == {"n": 3}


async def test_what_is_not_kept_any_more_is_replaced_by_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "MOST_KEPT", 3)
    feed = Feed()
    for number in range(6):
        feed.publish({"n": number})
    with feed.connect(f"{feed.board_id}:2") as client:
        assert (await told(client))["sequence"] == 3
    with feed.connect(f"{feed.board_id}:1") as client:
        assert (await told(client))["type"] == "snapshot"


async def test_kept_changes_are_bounded_by_their_length_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "MOST_KEPT_CHARACTERS", 10_000)
    feed = Feed()
    for number in range(50):
        feed.publish({"n": str(number) * 1000})
    assert sum(len(message.text) for message in feed._kept) <= 10_000


async def test_a_slow_client_gets_one_snapshot_instead_of_what_waits_and_holds_up_nobody() -> None:
    feed = Feed()
    feed.publish({"n": 0})
    with feed.connect(None) as slow, feed.connect(None) as quick:
        assert (await told(slow))["sequence"] == (await told(quick))["sequence"] == 0
        for number in range(1, 10 * MOST_WAITING):
            feed.publish({"n": number})
            assert (await told(quick))["sequence"] == number
            assert len(slow._waiting) <= MOST_WAITING
        caught_up = await told(slow)
        assert (caught_up["type"], caught_up["sequence"]) == ("snapshot", 10 * MOST_WAITING - 1)
        feed.publish({"n": -1})
        assert (await told(slow))["sequence"] == 10 * MOST_WAITING


async def test_a_closed_feed_sends_everybody_away() -> None:
    feed = Feed()
    feed.publish({})
    with feed.connect(None) as client:
        feed.close()
        assert await client.next() is None
    assert feed.clients == 0


@given(st.lists(st.tuples(documents, st.integers(0, 3)), min_size=1, max_size=12))
async def test_clients_that_come_and_go_and_read_when_they_like_see_the_last_document(
    history: list[tuple[Document, int]],
) -> None:
    feed = Feed()
    feed.publish(history[0][0])
    seen: Document = {}
    after: str | None = None
    for document, reads in history:
        feed.publish(document)
        with feed.connect(after) as client:
            for _ in range(reads):
                if client._waiting or client._needs_snapshot:
                    after, seen = await read(client, seen)
    with feed.connect(after) as client:
        while client._waiting or client._needs_snapshot:
            after, seen = await read(client, seen)
    assert seen == feed.document


async def read(client: Client, seen: Document) -> tuple[str, Document]:
    body = await told(client)
    if body["type"] == "snapshot":
        seen = body["document"]
    else:
        apply(seen, body["changes"])
    return f"{body['board']}:{body['sequence']}", seen
