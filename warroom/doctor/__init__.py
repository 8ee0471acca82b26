"""Before the first rung: is everything there that a release needs? It asks and reads, and changes nothing."""
