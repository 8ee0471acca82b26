"""The embedded Cloud Run: services, revisions, updates, long-running operations."""
