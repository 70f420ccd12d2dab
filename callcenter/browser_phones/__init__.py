"""Phones in pages: who has the phone of which seat, the login that it registers with, and a call brought back to it."""
