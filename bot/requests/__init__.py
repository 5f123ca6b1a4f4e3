"""Requests for public information: their states, their clock and the law's words. Pure: the day and the tables are handed in."""
