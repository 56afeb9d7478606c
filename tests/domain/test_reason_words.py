"""Whoever asks why gets a sentence, whatever the reason is."""

from workers.domain.reason_words import NOTE_WORDS, WORDS, in_words, note_in_words
from workers.domain.reasons import Note, Reason


def test_every_reason_has_a_sentence() -> None:
    assert list(WORDS) == list(Reason)


def test_every_note_has_a_sentence() -> None:
    assert list(NOTE_WORDS) == list(Note)


def test_no_two_reasons_read_the_same() -> None:
    sentences = [*WORDS.values()]
    assert len(set(sentences)) == len(sentences)


def test_a_reason_of_another_release_stays_a_code() -> None:
    assert in_words("invented_tomorrow") == note_in_words("invented_tomorrow") == "invented_tomorrow"


def test_r7_r8_a_missing_point_of_contact_is_noted_in_other_words_than_it_refuses() -> None:
    assert note_in_words(Note.NO_POINT_OF_CONTACT) != in_words(Reason.NO_POINT_OF_CONTACT)
