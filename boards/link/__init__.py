"""The link between a host and the core: its protocol, and both of its ends."""
