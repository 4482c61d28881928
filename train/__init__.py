"""Training: floating-point networks, tasks and the model file they end in."""
