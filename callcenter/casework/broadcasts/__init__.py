"""Broadcasts: everybody whom a recall or an emergency concerns is rung, two at a time, until each has answered."""
