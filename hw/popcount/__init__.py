"""The XNOR-popcount engine: any recurrence, any input, any readout of a model."""
