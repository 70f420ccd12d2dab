"""An agent dials a caller of the callback list, a call's number or an entry of the directory with one click."""
