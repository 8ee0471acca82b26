"""What was sent to other systems, and what became of it."""
