"""The simulated world: requests, errors, response times, over time."""
