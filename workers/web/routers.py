"""Which pages there are, and who may see them."""

from fastapi import APIRouter

from workers.web import mail, mails, person, picture, search, sign_in, templates, things, unsubscribe, why

PUBLIC: tuple[APIRouter, ...] = (sign_in.router, unsubscribe.router, picture.router)
"""Anybody gets in: nothing here shows personal data to who does not hold a token of their own."""

SUPPORT: tuple[APIRouter, ...] = (
    search.router,
    mails.router,
    mail.router,
    person.router,
    why.router,
    templates.router,
    things.router,
)
"""Behind the sign-in, each route of them, even one that forgets to ask."""
