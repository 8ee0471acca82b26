"""Steps that were run, and how they ended."""
