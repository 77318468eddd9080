"""Published calculators: numbers for a person or a cohort, each held to its published reference. None feeds advice."""
