"""The panes of the board: each draws one frozen slice."""
