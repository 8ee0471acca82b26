"""The protocol's steps: what a program is started with, how it is run and watched, and when a review is enough."""
