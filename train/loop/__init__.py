"""The training loop: recipes, epochs, objectives and checkpoints."""
