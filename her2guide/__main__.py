"""`python -m her2guide`."""

from .cli.main import run

run()
