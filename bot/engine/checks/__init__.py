"""What `check` looks for beyond the written form, one file for each idea."""
