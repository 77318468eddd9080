"""Many cases at once: the same meaning as `engine`, over columns."""
