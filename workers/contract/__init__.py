"""The contract with upstream systems: events in, typed and checked, or refused with a reason. No I/O."""
