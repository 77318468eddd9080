"""The text of a written report -> proposals to confirm, each with the words it came from."""
