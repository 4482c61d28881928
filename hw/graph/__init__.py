"""The adder graph core: the weights unrolled into bit-serial adders that share their sums."""
