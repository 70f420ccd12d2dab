"""The demo: a hotline morning played on a real Asterisk, recorded, listed and audited."""
