"""The terminal itself: one that freezes or goes away, keys that come as a paste, and how long nobody looked."""
