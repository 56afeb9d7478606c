"""Whoever was considered has a sentence that a customer may read."""

import pytest

from workers.domain.checks import FAILED_BY
from workers.domain.notice_words import AUDIENCES, WORDS, notice_in_words
from workers.domain.notices import CATALOGUE, WRITTEN_FOR
from workers.domain.person_words import SENTENCES
from workers.domain.reasons import Reason

KEPT = list(Reason)[
    list(Reason).index(Reason.MAIN_CONTACT) : list(Reason).index(Reason.SECOND_ACCOUNT_MANAGER_DISABLED)
]
OF_NOTICES = {
    Reason.HUBSPOT_OWNER_DEFAULT,
    Reason.HUBSPOT_OWNER_CLIENT,
    Reason.PARTNER_OWNER_DEFAULT,
    Reason.PARTNER_OWNER_CLIENT,
    Reason.FOLLOW_UP_FIRST,
    Reason.FOLLOW_UP_NEXT,
    Reason.FOLLOW_UP_CATCH_UP,
}


def test_every_reason_of_a_person_has_a_sentence() -> None:
    assert SENTENCES.keys() == (set(KEPT) - OF_NOTICES) | FAILED_BY.keys()


@pytest.mark.parametrize("sentence", SENTENCES.values())
def test_a_sentence_names_the_person_once_and_nothing_else(sentence: str) -> None:
    assert sentence.startswith("%(name)s")
    assert sentence.count("%") == 1
    assert sentence.endswith(".")


def test_no_two_sentences_read_the_same() -> None:
    assert len(set(SENTENCES.values())) == len(SENTENCES)


def test_every_notice_and_template_has_a_name_of_its_own() -> None:
    assert WORDS.keys() == CATALOGUE.keys() | WRITTEN_FOR.keys()
    assert len(set(WORDS.values())) == len(WORDS)
    assert notice_in_words("invoice.shredded") == "invoice.shredded"


def test_every_audience_is_there_to_be_translated() -> None:
    assert {audience.who: audience.who for _, audience in WRITTEN_FOR.values()} == AUDIENCES
