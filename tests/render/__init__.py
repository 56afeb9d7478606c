"""Letters: what they say, how they look, and what they withstand."""
