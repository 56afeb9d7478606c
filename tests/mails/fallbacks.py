"""What our mails use although it does not work everywhere: where not, and what the reader sees instead.

An entry names every program of `caniemail.PROGRAMS` with a platform on which the feature works in part or not at all.
The tests compare the whole lists, so an entry that is not needed any more fails like one that is missing.
"""

FALLBACKS = {
    "css-at-media": ("gmail outlook yahoo", "the 600 px page shrinks with the window; only paddings stay wide"),
    "css-at-media-prefers-color-scheme": ("gmail gmx outlook web-de yahoo", "the mail stays light, or is turned"),
    "css-border-radius": ("gmx outlook web-de yahoo", "square corners"),
    "css-box-shadow": ("gmail gmx outlook web-de yahoo", "a dark button has no rim in a dark mail"),
    "css-box-sizing": ("gmail outlook yahoo", "of use on phones alone, where the button is as wide as its words"),
    "css-color-scheme": ("gmail gmx outlook web-de yahoo", "only tells that colours for the dark are there"),
    "css-display-none": ("gmail outlook", "the preheader is one pixel high, in the colour of the page"),
    "css-important": ("gmail gmx outlook web-de yahoo", "stands in the head alone, with what is not read there"),
    "css-max-height": ("outlook", "mso-hide hides the preheader"),
    "css-overflow": ("apple-mail gmail gmx outlook web-de yahoo", "mso-hide hides the preheader; `hidden` works"),
    "css-overflow-wrap": ("apple-mail gmail outlook yahoo", "word-wrap and word-break say the same to the others"),
    "css-rgba": ("gmail gmx outlook web-de yahoo", "a dark button has no rim in a dark mail"),
    "css-selector-class": ("gmail", "without a Google account nothing in the head is read: light, wide paddings"),
    "css-selector-grouping": ("gmail gmx web-de", "as css-selector-class"),
    "css-table-layout": ("outlook", "Outlook has tables of fixed layout anyway"),
    "css-word-break": ("apple-mail gmail gmx outlook web-de yahoo", "word-wrap breaks there"),
    "css-word-wrap": ("gmail outlook", "word-break breaks there"),
    "html-aria-label": ("gmx web-de yahoo", "the page is read without its name; the heading says the same"),
    "html-body": ("gmail outlook yahoo", "a table inside carries the same colour"),
    "html-dir": ("gmail gmx outlook web-de", "all our languages run from left to right anyway"),
    "html-doctype": ("outlook yahoo", "tables and pixels look alike in quirks mode"),
    "html-lang": ("gmx web-de yahoo", "stands twice; a screen reader takes its own language where both are removed"),
    "html-meta-color-scheme": ("apple-mail gmail gmx outlook web-de yahoo", "the style sheet says it again"),
    "html-role": ("gmx web-de yahoo", "a screen reader may announce tables of layout"),
    "html-style": ("gmail gmx outlook web-de", "all styles stand in the tags; the dark and the phone are extras"),
}
"""Does not work at all somewhere."""

LIMITS = {
    "css-background-color": ("gmx web-de", "in the head no functions; ours are written #rrggbb"),
    "css-border": ("outlook", "not above 8px and not on <p>; the quote's line is missed at worst"),
    "css-display": ("gmail gmx outlook web-de yahoo", "only none and inline-block, of which no layout depends"),
    "css-font-size": ("gmx outlook web-de yahoo", "px works"),
    "css-font-weight": ("outlook yahoo", "below 600 is normal, from 600 on bold"),
    "css-line-height": ("outlook", "px on blocks works"),
    "css-margin": ("gmail outlook yahoo", "no negative ones, none on <span>"),
    "css-max-width": ("outlook yahoo", "a table of 600 px for Outlook alone stands around the column"),
    "css-padding": ("outlook", "on cells alone; the button has mso-padding-alt"),
    "css-text-align": ("gmail outlook yahoo", "left and center work"),
    "css-text-decoration": ("gmail gmx outlook web-de", "none works"),
    "css-width": ("outlook", "on cells works; the swatch is as wide as a blank"),
    "html-lists": ("gmail outlook yahoo", "<ul> and <li> without attributes work"),
    "html-width": ("outlook", "on tables works"),
}
"""Works everywhere, somewhere only in part: what of it we use."""

UNLISTED = {
    "-webkit-text-size-adjust": "keeps iOS from enlarging words; elsewhere without effect",
    ":root": "Apple Mail reads it; for the others the meta element says the same",
    "<a>": "works everywhere",
    "<br>": "works everywhere",
    "<head>": "works everywhere",
    "<html>": "works everywhere",
    "<meta>": "without effect where it is removed",
    "<title>": "read aloud by screen readers, shown by browsers",
    "[alt]": "shown and read out where the picture is not",
    "[aria-roledescription]": "a screen reader says article instead of e-mail",
    "[bgcolor]": "older than CSS: works everywhere",
    "[border]": "older than CSS: works everywhere",
    "[class]": "renamed together with the rules, or without effect",
    "[href]": "works everywhere",
    "[scope]": "a screen reader guesses that a th heads its row",
    "color": "works everywhere",
    "font-family": "the first font that is there; without any, the program's own",
    "supported-color-schemes": "the former name of color-scheme",
    "text-size-adjust": "the later name of -webkit-text-size-adjust",
}
"""What caniemail does not list."""
