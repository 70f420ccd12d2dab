"""A page that follows a feed, without a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from callcenter.wallboard.feed import Client
from callcenter.wallboard.json_patch import Document, apply


@dataclass
class FeedPage:
    """The document as a page pieces it together from what it is sent."""

    client: Client
    document: Document = field(default_factory=dict)
    sequence: int | None = None
    snapshots: int = 0
    """How many it was sent."""

    async def read(self) -> None:
        """Until the feed is closed."""
        while (message := await self.client.next()) is not None:
            body = json.loads(message.text)
            if body["type"] == "snapshot":
                self.document = body["document"]
                self.snapshots += 1
            else:
                assert body["sequence"] == (self.sequence or 0) + 1
                apply(self.document, body["changes"])
            self.sequence = body["sequence"]
