"""The other systems of the embedded cloud, over HTTP on loopback: they check requests as the real ones do."""
