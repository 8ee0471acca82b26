"""The wire beneath them: requests that are tried again where that is safe, answers read into types, refusals told."""
