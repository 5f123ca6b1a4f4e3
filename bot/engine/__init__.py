"""The pure core: flows in, conversations out; no clock, network, database or chance."""
