"""A flow before it opens: what a whole run of it costs (`ways`), and a consultation played with simulated residents (`crowd`).

Nothing here is imported by a server at work.
"""
