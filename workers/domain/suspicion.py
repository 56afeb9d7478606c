"""What is taken up and never answered may be what kills whoever takes it up (DESIGN promise 8).

A copy or a notice counts its claims since something last came of it. That count says nothing about one of many that
were in the same hands, so from `SUSPECT` on it is taken up alone: what is harmless comes to an answer at once and is
counted anew. What had `MOST` claims, the last three of them alone, is set aside until somebody asks for it.
"""

SUSPECT = 3
"""So many claims without an answer, and it is taken up alone."""

MOST = 6
"""So many, and it is not taken up any more."""

ON_TRIAL = MOST - 1
"""What was set aside and comes back written anew is tried once, alone."""
