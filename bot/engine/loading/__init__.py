"""From YAML to a filled outline of a flow, with every mistake at its line."""
