"""Exports: made from an order, at the terminal at once and for the desk in the background."""
