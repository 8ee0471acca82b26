"""The panes of the war room: they draw frozen values and post messages. They know nothing of who uses them."""
