"""What is written up of an incident: the post-mortem as far as the journal knows it."""
