"""rappel: decides who must be told what, and tells them by mail, once, with a reason."""
