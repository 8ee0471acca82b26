"""What has happened: events, the fold, the clocks derived from it, and the journal."""
