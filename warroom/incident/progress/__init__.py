"""How far the protocol is done: ticks, which steps count, what shows that one is done, and what follows from it."""
