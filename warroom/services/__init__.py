"""One client per outside system behind a small port; every outside error becomes one typed error with a remedy."""
