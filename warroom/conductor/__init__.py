"""The only place that acts on the world: intent into the journal, call, outcome into the journal."""
