"""Many patients at once: tables of cases, one row each."""
