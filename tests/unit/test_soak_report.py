"""What a soak says of an audit that is not good."""

from __future__ import annotations

import json
from pathlib import Path

import callcenter
from hotline_soak.report import describe_audit

EXAMPLES = Path(callcenter.__file__).parent / "http" / "examples.json"


def test_an_audit_that_is_not_good_is_shown_with_the_calls_behind_it() -> None:
    audit = json.loads(EXAMPLES.read_text())["get_audit"]["response"]
    difference = {"pbx": "pbx1", "call_id": "pbx1-7.0", "episode_id": None, "reason": "outcome"}
    audit |= {"sentence": "The books do not balance.", "differences": {"count": 1, "calls": [difference]}}

    assert describe_audit(audit) == (
        "The books do not balance."
        ' differences: [{"pbx": "pbx1", "call_id": "pbx1-7.0", "episode_id": null, "reason": "outcome"}]'
        ' unconfirmed: [{"pbx": "pbx1", "call_id": "pbx1-3.0"}]'
    )
