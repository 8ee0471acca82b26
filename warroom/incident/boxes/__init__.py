"""What was looked at for the protocol's boxes, and what it shows: good, bad, or not known."""
