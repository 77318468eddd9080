"""Proofs about an edition: over all patients and all patterns of what is recorded, by a solver (Z3)."""
