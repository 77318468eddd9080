"""The condition language: small SQL expressions over facts, with unknown as unknown.

`parse` reads text into a checked tree, `evaluate` runs it with a trace, `settle` works out derived
facts, `needs` names what could settle an unknown, `sentence` says it in words.
"""
