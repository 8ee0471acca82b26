"""The protocol's steps: those that warroom does, programs, reviews, ticks."""
