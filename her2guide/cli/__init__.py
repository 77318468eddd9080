"""The command line: one command per thing a person wants."""
