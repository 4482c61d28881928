"""The audio front end: samples to the frames that a core reads."""
