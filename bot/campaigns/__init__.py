"""Campaigns: a flow's invitation to everybody who said that they may be written to, at the pace of the channels.

Who is invited is chosen first, then messages are queued, in pages: a process that dies between loses nothing and doubles nothing,
since a person's message and the note that they have it are one transaction. Replies go first by the outbox's own priorities.
"""
