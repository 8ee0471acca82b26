"""One service of an incident: its changes, ladder, evidence, staging and drift."""
