"""When the hotline is open: the business calendar, and its plan in the PBX, which decides by itself."""
