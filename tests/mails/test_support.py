"""What our mails use works in Gmail, Outlook, Apple Mail, Yahoo, GMX and WEB.DE, or something stands in for it."""

import pytest

from tests.mails.caniemail import COLUMNS, KEPT, gaps, support
from tests.mails.fallbacks import FALLBACKS, LIMITS, UNLISTED
from tests.mails.features import features
from tests.mails.mails import every_mail


@pytest.fixture(scope="module")
def used() -> frozenset[str]:
    """The features of all mails together, with a logo, as some brand may have one."""
    return frozenset().union(*(features(mail.letter.html) for mail in every_mail()))


def programs(columns: frozenset[str]) -> str:
    return " ".join(sorted({column.partition("/")[0] for column in columns}))


def gaps_of(used: frozenset[str], *, at_all: bool) -> dict[str, str]:
    """The programs with a gap, by feature: those that miss somewhere `at_all`, or those that are limited somewhere."""
    found = {feature: gaps(feature) for feature in used if feature in support() and gaps(feature)}
    return {
        feature: programs(columns)
        for feature, columns in found.items()
        if any(not column.endswith("~") for column in columns) == at_all
    }


def test_each_feature_that_is_missing_somewhere_has_a_fall_back_and_each_fall_back_is_needed(used):
    assert gaps_of(used, at_all=True) == {feature: where for feature, (where, _) in FALLBACKS.items()}


def test_each_feature_that_is_limited_somewhere_is_used_within_its_limits(used):
    assert gaps_of(used, at_all=False) == {feature: where for feature, (where, _) in LIMITS.items()}


def test_each_feature_that_nobody_tested_was_thought_about(used):
    assert used - support().keys() == set(UNLISTED)


def test_each_entry_says_what_the_reader_sees():
    reasons = [reason for _, reason in (*FALLBACKS.values(), *LIMITS.values())] + list(UNLISTED.values())
    assert all(reason.strip() for reason in reasons)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<p style="display: flex">', {"html-p", "css-display"}),
        ("<style>@media (prefers-color-scheme: dark) { a > b { float: left } }</style>",
         {"html-style", "css-at-media", "css-at-media-prefers-color-scheme", "css-selector-child", "css-selector-type",
          "css-float"}),
        ('<img src="https://example.com/logo.svg">', {"html-img", "image-svg"}),
        ('<a href="mailto:a@example.com">', {"<a>", "html-mailto-links"}),
        ("<video>", {"html-video"}),
        ('<td style="border-left-color: rgba(0, 0, 0, 0.1)">', {"html-table", "css-border", "css-rgba"}),
    ],
)  # fmt: skip
def test_features_are_recognised(html, found):
    assert features(html) == found


def test_gaps_are_told_apart():
    assert "outlook/windows" in gaps("css-border-radius")
    assert "outlook/windows~" in gaps("css-padding")
    assert gaps("css-vertical-align") == frozenset()
    with pytest.raises(KeyError):
        gaps("css-of-tomorrow")


def test_the_data_has_a_letter_for_each_column_and_names_its_source():
    assert {len(letters) for letters in support().values()} == {len(COLUMNS)}
    assert set("".join(support().values())) == set("yanu")
    assert "caniemail 1.0.5" in KEPT.read_text("utf-8")
    assert "Permission is hereby granted" in KEPT.with_suffix(".LICENSE").read_text("utf-8")
