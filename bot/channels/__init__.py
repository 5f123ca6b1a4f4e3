"""One file a channel: a record of abilities, and how to parse, send and verify."""
