"""A real Asterisk on this machine's loopback, and SIPp to ring it: for tests, captures and the demo."""
