"""Scenarios: who calls whom, and what every phone does. Read from `tests/scenarios/NAME/scenario.toml`.

    title = "An agent answers and the caller hangs up"

    [[agents]]
    extension = "1001"
    calls = ["ring 1, answer, stay"]

    [[callers]]
    number = "05198800001"
    dials = "12315"
    plan = "talk 6, hang up"

A plan is a list of steps; seconds may have a fraction. A phone that is rung takes one plan of `calls` for each call,
the last one for all that follow. Times (`at`) count from the moment all phones are ready. A caller's number and name
and what is dialled may be any text.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import ScenarioError
from .paths import SCENARIOS

SECONDS, TEXT, NOTHING = "seconds", "text", "nothing"

RUNG_STEPS = {
    "ring": SECONDS,
    "answer": NOTHING,
    "busy": NOTHING,
    "decline": NOTHING,
    "refuse": TEXT,  # with this SIP status, as a carrier for a number that is switched off or not assigned
}
"""What a phone can do before it has answered."""

DIALLING_STEPS = {"cancel": SECONDS}
"""What a dialling phone can do before it is answered: hang up after so many seconds."""

TALKING_STEPS = {
    "talk": SECONDS,  # stay for so long, or until the other side hangs up
    "speak": SECONDS,  # the same, with sound
    "stay": NOTHING,  # until the other side hangs up
    "key": TEXT,
    "hold": SECONDS,
    "transfer": TEXT,  # blind
    "transfer-refused": TEXT,  # the same, where the PBX refuses and the call goes on
    "consult": TEXT,  # hold, and call another number until it answers
    "consult-ringing": TEXT,  # the same, until it rings
    "confer": SECONDS,  # talk to the consulted colleague
    "complete": NOTHING,  # hand the caller over to the colleague
    "return": NOTHING,  # end the consultation, back to the caller
    "remember": NOTHING,  # keep this call on hold, so that another call of this phone can ...
    "merge": NOTHING,  # ... join it
    "hang up": NOTHING,
    "vanish": NOTHING,  # the line is cut, no BYE is sent
}
"""What anybody can do once the call is answered."""

_ENDS = {"stay", "hang up", "vanish", "busy", "decline", "refuse", "transfer", "complete", "merge", "cancel"}
_NUMBER = re.compile(r"[0-9*#+]{1,20}")
_WORDS = sorted(RUNG_STEPS | DIALLING_STEPS | TALKING_STEPS, key=len, reverse=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing a phone does."""

    word: str
    seconds: float = 0.0
    text: str = ""


Plan = tuple[Step, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A phone that takes calls: an agent's extension, or a number behind the trunk."""

    number: str
    calls: tuple[Plan, ...]
    voice: str = ""
    """Whose of `sound.VOICES` it speaks with, where it is not that of its kind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialler:
    """A phone that dials: a caller on the trunk, or an agent's own phone."""

    number: str
    """The caller number, or the agent's extension; empty when withheld."""
    name: str
    from_: str | None = None
    """The whole From header instead of both, bytes as `\\x00`: for hostile callers."""
    dials: str
    at: float
    plan: Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """An action on the PBX: an AMI action, or `kill`, `restart` and `restart now` of Asterisk itself."""

    at: float
    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """A value `@PJSIP/1001-` means the one channel whose name begins so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """A whole play."""

    title: str
    agents: tuple[Line, ...] = ()
    mobiles: tuple[Line, ...] = ()
    callers: tuple[Dialler, ...] = ()
    diallers: tuple[Dialler, ...] = ()
    actions: tuple[Action, ...] = ()


def load_scenario(name: str) -> Scenario:
    """The scenario of that name among those of this repository, or the file at that path."""
    path = Path(name) if name.endswith(".toml") else SCENARIOS / name / "scenario.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ScenarioError(f"There is no scenario {path}.") from None
    return parse_scenario(text)


def parse_scenario(text: str) -> Scenario:
    """Read a scenario; `ScenarioError` names the word that is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"The scenario is no TOML: {error}.") from None
    known = {"title", "agents", "mobiles", "callers", "diallers", "actions"}
    if unknown := set(data) - known:
        raise ScenarioError(f"A scenario has no {', '.join(sorted(unknown))}.")
    return Scenario(
        title=_take(data, "title", str),
        agents=tuple(_line(entry, "extension") for entry in data.get("agents", ())),
        mobiles=tuple(_line(entry, "number") for entry in data.get("mobiles", ())),
        callers=tuple(_dialler(entry, "number") for entry in data.get("callers", ())),
        diallers=tuple(_dialler(entry, "extension") for entry in data.get("diallers", ())),
        actions=tuple(_action(entry) for entry in data.get("actions", ())),
    )


def _line(entry: dict[str, Any], key: str) -> Line:
    plans = _take(entry, "calls", list)
    if not plans:
        raise ScenarioError("A phone needs at least one plan in calls.")
    return Line(
        number=_number(_take(entry, key, str)),
        calls=tuple(parse_plan(plan, RUNG_STEPS | TALKING_STEPS) for plan in plans),
        voice=str(entry.get("voice", "")),
    )


def _dialler(entry: dict[str, Any], key: str) -> Dialler:
    return Dialler(
        number=str(entry.get(key, "")),
        name=str(entry.get("name", "")),
        from_=entry.get("from"),
        dials=_take(entry, "dials", str),
        at=float(entry.get("at", 0.0)),
        plan=parse_plan(_take(entry, "plan", str), DIALLING_STEPS | TALKING_STEPS),
    )


def _action(entry: dict[str, Any]) -> Action:
    headers = {key: str(value) for key, value in entry.items() if key not in {"at", "action"}}
    return Action(at=float(_take(entry, "at", (int, float))), name=_take(entry, "action", str), headers=headers)


def parse_plan(text: str, words: Mapping[str, str]) -> Plan:
    """The steps of one plan; `words` are those allowed in its place."""
    steps = tuple(_step(part.strip(), words) for part in text.split(","))
    if steps[-1].word not in _ENDS:
        raise ScenarioError(f"The plan {text!r} does not say how the call ends.")
    return steps


def _step(text: str, words: Mapping[str, str]) -> Step:
    word = next((word for word in _WORDS if text == word or text.startswith(word + " ")), None)
    if word is None:
        raise ScenarioError(f"A plan has no step {text!r}.")
    if word not in words:
        raise ScenarioError(f"The step {word!r} is not possible here.")
    kind = words[word]
    rest = text.removeprefix(word).strip()
    if (kind == NOTHING) != (rest == ""):
        raise ScenarioError(f"The step {text!r} has {'no' if kind == NOTHING else 'too few'} arguments.")
    if kind == SECONDS:
        try:
            return Step(word=word, seconds=float(rest))
        except ValueError:
            raise ScenarioError(f"The step {text!r} needs seconds.") from None
    return Step(word=word, text=_number(rest) if kind == TEXT else "")


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise ScenarioError(f"{text!r} cannot be dialled.")
    return text


def _take(entry: dict[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    if not isinstance(value := entry.get(key), kind):
        raise ScenarioError(f"The scenario lacks {key}.")
    return value
