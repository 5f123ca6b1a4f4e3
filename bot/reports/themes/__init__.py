"""Themes of free answers: the book that lists them, what is suggested by words, what people coded, how far two of them agree."""
