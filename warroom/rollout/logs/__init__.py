"""Request logs as evidence: counted by the second, compared with Monitoring, and what they may fail."""
