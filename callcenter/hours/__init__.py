"""When the hotline is open: the business calendar, and telling it to the PBX, which decides by itself."""
