"""Files that belong to matters: told by their content, kept once by their hash."""
