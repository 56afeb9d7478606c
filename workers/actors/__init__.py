"""dramatiq actors, thin: ids in, a stage called, ids on."""
