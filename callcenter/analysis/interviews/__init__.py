"""Interviews with those who answer for a merchant (约谈): proposed, signed, held, their commitments followed up."""
