"""The rules, pure: facts in, decisions out. No clock, no I/O, no settings, no logging."""
