"""What merchants take and give over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from callcenter.casework.bigrams import searchable
from callcenter.casework.merchants.credit_code import check_credit_code
from callcenter.casework.merchants.rules import LIKE, MOST_ALIASES, NewMerchant, compact
from callcenter.http.cursors import LARGEST_ID
from callcenter.http.fields import plain_line
from callcenter.http.pages import Page, PageQuery


def _named(text: str) -> str:
    if not compact(text):
        raise ValueError("A name has a letter or digit at least.")
    return text


def _asked(text: str) -> str:
    searchable(compact(text))
    return text


_plain = AfterValidator(plain_line)
MerchantName = Annotated[
    str, Field(min_length=1, max_length=100, examples=["常州大润发商业有限公司"]), _plain, AfterValidator(_named)
]
Aliases = Annotated[list[MerchantName], Field(max_length=MOST_ALIASES)]
ShortLine = Annotated[str, Field(min_length=1, max_length=100), _plain]
CreditCode = Annotated[str, Field(min_length=18, max_length=18, examples=["91320400123456789Y"])]
Scale = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class MerchantsQuery(PageQuery):
    """Which merchants are wanted."""

    q: Annotated[str, Field(max_length=100), AfterValidator(_asked)] | None = Field(
        default=None, description="Two characters of a name at least, or a whole credit code; without it all."
    )


class NewMerchantBody(BaseModel):
    """A merchant to be added."""

    model_config = ConfigDict(extra="forbid")

    name: MerchantName
    uscc: CreditCode | None = None
    aliases: Aliases = []
    superior: ShortLine | None = Field(default=None, description="To whom they belong.")
    superior_address: ShortLine | None = None
    platform: ShortLine | None = Field(default=None, description="On which they sell.")
    region: ShortLine | None = None
    scale: Scale | None = Field(default=None, description="How big they are, as the office measures it.")

    def to_merchant(self) -> NewMerchant:
        """What is known of the merchant. Raises InputError."""
        return NewMerchant(**to_values(self))


class MerchantChange(BaseModel):
    """What is other from now on; what is not sent stays, null takes it away. A name stays where it is null."""

    model_config = ConfigDict(extra="forbid")

    name: MerchantName | None = None
    uscc: CreditCode | None = None
    aliases: Aliases | None = None
    superior: ShortLine | None = None
    superior_address: ShortLine | None = None
    platform: ShortLine | None = None
    region: ShortLine | None = None
    scale: Scale | None = None


def to_values(sent: NewMerchantBody | MerchantChange) -> dict[str, Any]:
    """What was sent, as it is kept. Raises InputError."""
    is_whole = isinstance(sent, NewMerchantBody)
    values = {name: value for name, value in dict(sent).items() if is_whole or name in sent.model_fields_set}
    if values.get("name", "") is None:
        del values["name"]
    if "aliases" in values:
        values["aliases"] = tuple(dict.fromkeys(values["aliases"] or ()))
    if "uscc" in values:
        values["uscc"] = check_credit_code(values["uscc"])
    return values


class MerchantView(BaseModel):
    """A merchant as they stand."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    version: int = Field(description="For `If-Match`.")
    name: str
    uscc: str | None
    aliases: list[str]
    superior: str | None
    superior_address: str | None
    platform: str | None
    region: str | None
    scale: float | None
    merged_into: int | None
    counted_as: int = Field(description="Who stands for them in the end; themselves, unless they are merged.")


class MerchantPage(Page[MerchantView]):
    """Short names first."""


class LikeMerchantView(BaseModel):
    """A merchant that the new one may be."""

    merchant: MerchantView
    likeness: float = Field(description=f"Of the bigrams of both names together those in common: {LIKE} to 1.")


class AddedMerchant(BaseModel):
    """A merchant who was added, and those that they may be, the likest first."""

    merchant: MerchantView
    likely: list[LikeMerchantView]


class NewMerge(BaseModel):
    """Into whom a merchant is merged."""

    model_config = ConfigDict(extra="forbid")

    into: Annotated[int, Field(ge=1, le=LARGEST_ID)]
