"""What a person or a script can do: each action described once, and when it may be done. Pure."""
