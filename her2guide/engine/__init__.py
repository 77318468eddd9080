"""Edition x case -> guidance: verdicts, safety, and what is missing."""
