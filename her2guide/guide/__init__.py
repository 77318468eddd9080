"""Guidance -> what a person reads or prints: blocks first, then text, a page, or a PDF."""
