"""Who handles matters: units, who belongs to them, and whom to ring there."""
