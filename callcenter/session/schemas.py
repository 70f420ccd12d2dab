"""What the session takes and gives over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from callcenter.accounts.schemas import CurrentUser
from callcenter.agents.schemas import QueueName, SeatView, SkillView
from callcenter.browser_phones.schemas import PhoneView
from callcenter.http.fields import Moment
from callcenter.languages import Language
from callcenter.session.rules import LONGEST_THRESHOLD, MOST_QUEUES, Preferences, Theme

Percent = Annotated[int, Field(ge=0, le=100)]
Threshold = Annotated[int, Field(ge=1, le=LONGEST_THRESHOLD)]


class PreferencesView(BaseModel):
    """How the user likes the pages; what they did not choose is as everybody has it."""

    language: Language
    theme: Theme
    queues: list[str] | None = Field(description="Those that are shown; null for all.")
    ringer_volume: int = Field(description="In percent.")
    waiting_yellow_seconds: int = Field(description="From when on a wait is shown in yellow.")
    waiting_red_seconds: int

    @classmethod
    def of(cls, preferences: Preferences) -> PreferencesView:
        return cls(
            language=preferences.language,
            theme=preferences.theme,
            queues=None if preferences.queues is None else list(preferences.queues),
            ringer_volume=preferences.ringer_volume,
            waiting_yellow_seconds=int(preferences.waiting_yellow.total_seconds()),
            waiting_red_seconds=int(preferences.waiting_red.total_seconds()),
        )


class NewPreferences(BaseModel):
    """What the user chooses from now on. Null takes a choice back; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    language: Language | None = None
    theme: Theme | None = None
    queues: Annotated[list[QueueName], Field(max_length=MOST_QUEUES)] | None = None
    ringer_volume: Percent | None = None
    waiting_yellow_seconds: Threshold | None = None
    waiting_red_seconds: Threshold | None = None

    @field_validator("queues")
    @classmethod
    def _each_once(cls, queues: list[str] | None) -> list[str] | None:
        if queues is not None and len(set(queues)) < len(queues):
            raise ValueError("A queue stands in the list twice.")
        return queues

    def to_choices(self) -> dict[str, Any]:
        """What was sent, as it is stored."""
        sent = self.model_dump(exclude_unset=True)
        for name in ("waiting_yellow", "waiting_red"):
            if f"{name}_seconds" in sent:
                seconds = sent.pop(f"{name}_seconds")
                sent[name] = None if seconds is None else timedelta(seconds=seconds)
        return sent


class FeaturesView(BaseModel):
    """What this installation can do: a page shows no button that cannot work."""

    commands: bool = Field(description="The PBX can be commanded: sign on, dial, move, mediate.")
    recordings: bool
    messages: bool
    browser_phone: bool
    typed_numbers: bool = Field(description="Some numbers may be typed to be dialled.")


class SessionView(CurrentUser):
    """The user who is signed in, with everything that a page needs before it shows anything."""

    display_name: str | None = Field(description="What people call the user.")
    skills: list[SkillView]
    seat: SeatView | None = Field(description="Null for a user who is signed off.")
    phone: PhoneView | None = Field(description="Null where the user has no phone in a page.")
    preferences: PreferencesView
    timezone: str = Field(description="Of the hotline, as `Asia/Shanghai`.")
    server_time: Moment
    features: FeaturesView
    version: str
