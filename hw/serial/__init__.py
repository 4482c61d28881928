"""The bit-serial core: the state as bit-planes, a fast transform a step."""
