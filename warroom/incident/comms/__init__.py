"""What was said to the outside, as events tell it."""
