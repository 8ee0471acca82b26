"""Pure rules of shifting traffic: split arithmetic, ladder, evidence windows, verdict, rollback target."""
