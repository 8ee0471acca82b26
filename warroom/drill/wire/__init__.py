"""How the embedded cloud is spoken to: gRPC, addresses, and how a terminal finds it."""
