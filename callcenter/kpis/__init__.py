"""The definitions of the hotline's figures and how they are counted. Pure."""
