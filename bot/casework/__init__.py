"""What is done to a request: filing it, every step until its end, telling the person, and the notices that staff are owed.

Everything here is a function of one transaction: it happens whole or not at all, beside whatever else the transaction does.
"""
