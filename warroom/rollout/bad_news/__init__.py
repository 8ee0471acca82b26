"""Clauses that can only bring bad news: each fails a revision, or says nothing that counts."""
