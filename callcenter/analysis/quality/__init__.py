"""What units did wrong, point by point, each month and for the year (质量通报, 错项扣分)."""
