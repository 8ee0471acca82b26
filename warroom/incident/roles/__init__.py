"""Who holds which role, and since when."""
