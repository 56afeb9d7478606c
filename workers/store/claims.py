"""Claims of copies and of notices in SQL: who is taken up with others, who alone, who not at all (DESIGN promise 8).

`claims` is the column of either.
"""

import sqlalchemy as sa

from workers.domain.suspicion import MOST, SUSPECT

Claims = sa.ColumnElement[int]


def are_few(claims: Claims) -> sa.ColumnElement[bool]:
    """Taken up together with others."""
    return claims < SUSPECT


def are_suspicious(claims: Claims) -> sa.ColumnElement[bool]:
    """Taken up alone."""
    return (claims >= SUSPECT) & (claims < MOST)


def are_spent(claims: Claims) -> sa.ColumnElement[bool]:
    """Not taken up any more."""
    return claims >= MOST


def taken_back(claims: Claims) -> Claims:
    """Without the last one, which came to nothing that says anything."""
    return sa.case((claims > 0, claims - 1), else_=0)


def accused(claims: Claims, otherwise: Claims) -> Claims:
    """What is not suspected yet is from now on; of what is, `otherwise`."""
    return sa.case((claims < SUSPECT, SUSPECT), else_=otherwise)
