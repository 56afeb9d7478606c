"""DESIGN promise 9: one broken template stops its own mails and no others."""

import shutil

import pytest

from tests.render.desk import BRAND, LOCALES, TEMPLATES
from workers.render import Renderer, TemplateBroken
from workers.render.examples import example


@pytest.fixture
def templates(tmp_path):
    return shutil.copytree(TEMPLATES, tmp_path / "templates")


@pytest.mark.parametrize("file", ["words.txt", "body.txt", "body.html"])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
        ("{{ content.no_such_thing }}", "has no attribute 'no_such_thing'"),
        ("{% set x = nobody.name %}", "'nobody' is undefined"),
        ("{% set x = 1 / 0 %}", "division by zero"),
        ("{% include 'nowhere.txt' %}", "there is no file nowhere.txt"),
        ("{% set x = 1|no_such_filter %}", "No filter named 'no_such_filter'."),
    ],
)
def test_a_fault_is_found_by_file_and_line_and_stops_no_other_template(templates, file, fault, message):
    original = {
        "words.txt": (templates / "renewal.notice" / "words.txt").read_text("utf-8"),
        "body.txt": '{% extends "layout/base.txt" %}',
        "body.html": '{% extends "layout/base.html" %}',
    }[file]
    # Blocks run only where the layout asks for them; before `extends`, everything runs.
    (templates / "renewal.notice" / file).write_text(f"\n\n{fault}\n{original}", "utf-8")
    renderer = Renderer(templates, LOCALES, BRAND)

    with pytest.raises(TemplateBroken) as caught:
        renderer.render("renewal.notice", example("renewal.notice", "de"))

    assert caught.value.template == "renewal.notice"
    assert caught.value.line == 3
    assert caught.value.message.startswith(f"renewal.notice/{file}: ")
    assert caught.value.message.endswith(message)
    for other in ("lead.follow_up", "renewal.reminder", "renewal.notice.partner", "renewal.reminder.partner"):
        assert renderer.render(other, example(other, "de")).text


def test_a_template_that_does_not_exist_is_broken(templates):
    with pytest.raises(TemplateBroken) as caught:
        Renderer(templates, LOCALES, BRAND).render("renewal.farewell", example("renewal.notice"))

    assert (caught.value.template, caught.value.line) == ("renewal.farewell", 0)
    assert caught.value.message == "renewal.farewell: there is no file renewal.farewell/words.txt"


def test_a_mended_template_works_again_without_a_restart(templates):
    file = templates / "lead.follow_up" / "words.txt"
    original = file.read_text("utf-8")
    file.write_text("{% block %}", "utf-8")
    renderer = Renderer(templates, LOCALES, BRAND)
    with pytest.raises(TemplateBroken, match=r"^template lead\.follow_up: lead\.follow_up/words\.txt: .* \(line 1\)$"):
        renderer.render("lead.follow_up", example("lead.follow_up"))

    file.write_text(original, "utf-8")

    assert renderer.render("lead.follow_up", example("lead.follow_up")).html


def test_a_word_that_no_kind_set_is_an_error_and_no_gap(templates):
    words = templates / "lead.follow_up" / "words.txt"
    words.write_text(words.read_text("utf-8").replace("{% set headline =", "{% set headlines ="), "utf-8")

    with pytest.raises(TemplateBroken) as caught:
        Renderer(templates, LOCALES, BRAND).render("lead.follow_up", example("lead.follow_up"))

    assert caught.value.message.startswith("layout/base.txt: ")
    assert "headline" in caught.value.message


def test_words_without_a_subject_are_broken(templates):
    words = templates / "lead.follow_up" / "words.txt"
    words.write_text(words.read_text("utf-8").replace("{% set subject %}", "{% set object %}"), "utf-8")

    with pytest.raises(TemplateBroken, match="has no attribute 'subject'"):
        Renderer(templates, LOCALES, BRAND).render("lead.follow_up", example("lead.follow_up"))


def test_a_template_may_have_a_page_of_its_own(templates):
    (templates / "renewal.notice" / "body.html").write_text("<p>{{ words.headline }}</p>", "utf-8")

    letter = Renderer(templates, LOCALES, BRAND).render("renewal.notice", example("renewal.notice"))

    assert letter.html == "<p>Your renewal is coming up</p>"
    assert "Kind regards" in letter.text
