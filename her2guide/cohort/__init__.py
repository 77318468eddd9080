"""Many patients at once: tables of cases, one row each, with the same meaning as `engine`."""
