"""Boards: pins, clocks, the serial link, the tools and the report."""
