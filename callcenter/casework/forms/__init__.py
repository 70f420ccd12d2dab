"""The forms of SAMR Order 121 as PDF, from what the register knows of a matter."""
