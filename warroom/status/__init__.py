"""The whole board as data: what `warroom status --json` says. A pure function of incident, protocol and moment."""
