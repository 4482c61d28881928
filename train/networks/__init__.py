"""Networks in real numbers, their weights quantized at every use."""
