"""Work that is done once for every business day, however many processes run."""
