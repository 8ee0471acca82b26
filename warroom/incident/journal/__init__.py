"""The record of every incident: append-only, hash-chained, in SQLite."""
