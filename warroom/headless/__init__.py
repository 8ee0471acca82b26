"""The keys without a board: the same Conductor, guards and journal, asked by a script and answered with a status."""
