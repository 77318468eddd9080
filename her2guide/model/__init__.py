"""The nouns: what the knowledge, a chart, a case and the guidance are made of. No verbs."""
