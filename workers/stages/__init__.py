"""The imperative shell, one verb a file: load facts, call a pure rule, record. `now` is always an argument."""
