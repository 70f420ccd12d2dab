"""The soak: seeded traffic and seeded faults on a real Asterisk, and a comparison with the phones' own truth."""
