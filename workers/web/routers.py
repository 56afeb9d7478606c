"""Which pages there are, and who may see them."""

from fastapi import APIRouter

from workers.web import mail, mails, search, sign_in, unsubscribe

PUBLIC: tuple[APIRouter, ...] = (sign_in.router, unsubscribe.router)
"""Anybody gets in: nothing here shows personal data to who does not hold a token of their own."""

SUPPORT: tuple[APIRouter, ...] = (search.router, mails.router, mail.router)
"""Behind the sign-in, each route of them, even one that forgets to ask."""
