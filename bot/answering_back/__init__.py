"""The answer back: what was heard and what will be done, told once to everybody who answered and agreed to hear of it.

It is sent as campaigns are (`bot/campaigns`): who gets it is chosen first, then messages are queued in pages, at the pace and in
the hours of the channels. The desk only writes down what shall be: whoever looks next, in any process, goes on from the rows.
"""
