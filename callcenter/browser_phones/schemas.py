"""The phone in the page as HTTP sees it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from callcenter.agents.rules import Seat
from callcenter.browser_phones.rules import REALM, PhoneLease, SipLogin
from callcenter.http.fields import Moment
from callcenter.pbx.channel_names import device_of_interface


class PhoneOwner(StrEnum):
    """Who has the phone in the page. A closed list."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NONE = "none"


class PhoneView(BaseModel):
    """The phone in the page: the device that it is, and until when the login for it holds."""

    device: str
    is_registered: bool | None = Field(description="By the PBX; null where it is not known.")
    owner: PhoneOwner
    expires_at: Moment | None


class NewPhone(BaseModel):
    """A wish for the phone of the own seat."""

    model_config = ConfigDict(extra="forbid")

    take_over: bool = Field(default=False, description="Also from another browser of yours, while no call is up there.")


class PhoneLogin(BaseModel):
    """What the phone in the page registers with. It is shown once; ask for another after half of its time."""

    device: str
    uri: str = Field(description="The address of record, as `sip:2001@hotline`.")
    realm: str
    login: str = Field(description="The user name of the digest, apart from that of the address.")
    ha1: str = Field(description="In place of a password: the digest of login, realm and secret (RFC 2617).")
    websocket: str
    ice_servers: list[str] = Field(description="None: the PBX is reached without.")
    expires_at: Moment

    @classmethod
    def of(cls, lease: PhoneLease, login: SipLogin, *, websocket: str) -> PhoneLogin:
        return cls(
            device=lease.seat.interface,
            uri=f"sip:{device_of_interface(lease.seat.interface)}@{REALM}",
            realm=REALM,
            login=login.login,
            ha1=login.ha1,
            websocket=websocket,
            ice_servers=[],
            expires_at=lease.expires_at,
        )


class LostCall(BaseModel):
    """A call in which the page was when it was loaded anew."""

    model_config = ConfigDict(extra="forbid")

    call: str = Field(max_length=200, description="As `/me` has it: `pbx/call_id`.")


def owner_of(lease: PhoneLease | None, *, user_id: int, holder: bytes, now: datetime) -> PhoneOwner:
    """From where the one who asks stands."""
    if lease is None or lease.expires_at <= now or lease.user_id != user_id:
        return PhoneOwner.NONE
    return PhoneOwner.HERE if lease.holder == holder else PhoneOwner.ELSEWHERE


def describe_phone(
    seat: Seat, lease: PhoneLease | None, *, is_registered: bool | None, user_id: int, holder: bytes, now: datetime
) -> PhoneView:
    """The phone of a seat, for the user who sits there."""
    owner = owner_of(lease, user_id=user_id, holder=holder, now=now)
    return PhoneView(
        device=seat.interface,
        is_registered=is_registered,
        owner=owner,
        expires_at=None if lease is None or owner is PhoneOwner.NONE else lease.expires_at,
    )
