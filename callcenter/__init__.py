"""A call-centre backend for Asterisk that can prove no caller was lost."""
