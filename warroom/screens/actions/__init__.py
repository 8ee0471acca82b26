"""What each key asks and does, by subject."""
