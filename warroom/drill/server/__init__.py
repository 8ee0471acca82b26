"""The embedded cloud as a process: its servers, its control port, its start and end."""
