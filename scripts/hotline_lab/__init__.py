"""A real Asterisk on loopback, and SIPp phones that call it: for tests, captures and the demo."""
