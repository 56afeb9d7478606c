"""The steps from one release's schema to the next: they expand, then contract (DESIGN promise 7)."""
