"""How bad it is and what is done: declaration, severity, decision."""
