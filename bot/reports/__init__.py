"""Pure: what answers add up to, as summaries, tables and pictures."""
