"""Numbers of identity documents: checked, masked, sealed under a key that is not in the database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from callcenter.casework.identity import IdType, mask_document_number, read_id_number
from callcenter.casework.seals import Seal
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.settings import Settings

KEY = SecretStr("0f" * 32)
NUMBER = "11010519491231002X"


def test_the_number_of_a_card_is_checked_and_shown_with_four_characters_at_both_ends() -> None:
    assert read_id_number(IdType.ID_CARD, " 110105 19491231 002x ") == NUMBER
    assert mask_document_number(IdType.ID_CARD, NUMBER) == "1101**********002X"
    for wrong in ("110105194912310021", "11010519491331002X", "110105491231002", "", "E12345678"):
        with pytest.raises(InputError) as caught:
            read_id_number(IdType.ID_CARD, wrong)
        assert caught.value.code is ErrorCode.INVALID_ID_NUMBER
        assert wrong == "" or wrong not in str(caught.value)


def test_other_documents_have_letters_and_digits_of_which_three_are_shown() -> None:
    assert read_id_number(IdType.PASSPORT, "e12345678") == "E12345678"
    assert mask_document_number(IdType.PASSPORT, "E12345678") == "E******78"
    for wrong in ("E1", "护照12345678", "E1234;--", "E" * 31):
        with pytest.raises(InputError):
            read_id_number(IdType.PASSPORT, wrong)


@given(st.text(max_size=60))
def test_what_is_sealed_opens_under_its_key_alone_and_never_looks_the_same(text: str) -> None:
    seal = Seal(KEY)
    sealed, again = seal.close(text), seal.close(text)
    assert (seal.open(sealed), sealed != again) == (text, True)
    for wrong, opener in ((sealed, Seal(SecretStr("f0" * 32))), (sealed[:-1] + bytes([sealed[-1] ^ 1]), seal)):
        with pytest.raises(ConflictError) as caught:
            opener.open(wrong)
        assert caught.value.code is ErrorCode.PERSONAL_DATA_KEY_WRONG


def test_without_a_key_nothing_is_sealed_and_a_key_that_is_none_stops_the_start() -> None:
    with pytest.raises(ConflictError) as caught:
        Seal.of(Settings()).close(NUMBER)
    assert caught.value.code is ErrorCode.PERSONAL_DATA_KEY_MISSING
    for wrong in ("", "secret-of-the-office", "0f" * 31, "0g" * 32):
        with pytest.raises(ValidationError) as refused:
            Settings(personal_data_key=SecretStr(wrong))
        assert wrong == "" or wrong not in str(refused.value)
