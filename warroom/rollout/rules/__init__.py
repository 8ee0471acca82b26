"""The rules behind the clauses, as plain counts: what is beyond a limit, worse than stable, missing, or healed."""
