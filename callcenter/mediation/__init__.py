"""Mediation by telephone: agent, consumer and merchant in one room, with a record that can be printed."""
