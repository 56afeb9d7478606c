"""How much of each template is translated, as the pages show it."""

from tests.render.desk import LOCALES, TEMPLATES
from workers.domain.notices import LANGUAGES, WRITTEN_FOR
from workers.render.coverage import Coverage, coverage


def test_px13_every_template_is_whole_in_every_language():
    found = coverage(TEMPLATES, LOCALES)
    assert {name: set(of) for name, of in found.items()} == {name: set(LANGUAGES) for name in WRITTEN_FOR}
    assert all(each.is_whole for of in found.values() for each in of.values())


def test_a_word_that_is_not_translated_is_counted(tmp_path):
    templates, locales = tmp_path / "templates", tmp_path / "locales"
    (templates / "invoice.sent").mkdir(parents=True)
    (templates / "layout").mkdir()
    (templates / "layout" / "head.css").write_text("")
    (templates / "layout" / "style.css").write_text("")
    (templates / "layout" / "base.txt").write_text("{{ _('Hello') }} {{ _('Old friend') }}")
    (templates / "layout" / "base.html").write_text("{{ _('Hello') }}")
    words = "{% trans %}Your invoice{% endtrans %}{% trans n=2 %}{{ n }} day{% pluralize %}{{ n }} days{% endtrans %}"
    (templates / "invoice.sent" / "words.txt").write_text(words)
    for language in ("de", "fr"):
        (locales / language / "LC_MESSAGES").mkdir(parents=True)
    plural = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    (locales / "de" / "LC_MESSAGES" / "rappel.po").write_text(
        f'msgid ""\nmsgstr ""\n{plural}\nmsgid "Hello"\nmsgstr "Hallo"\n\n'
        'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s Tag"\nmsgstr[1] ""\n\n'
        '#, fuzzy\nmsgid "Your invoice"\nmsgstr "Rechnung"\n'
    )
    (locales / "fr" / "LC_MESSAGES" / "rappel.po").write_text(f'msgid ""\nmsgstr ""\n{plural}\n')

    found = coverage(templates, locales)["invoice.sent"]

    assert found == {"en": Coverage(4, 4), "de": Coverage(1, 4), "fr": Coverage(0, 4)}
    assert not found["de"].is_whole
