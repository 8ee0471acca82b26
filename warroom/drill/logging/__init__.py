"""Cloud Logging of the embedded cloud: entries of requests, containers and the system, listed and tailed."""
