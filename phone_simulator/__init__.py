"""A stand-in for the voice and text provider that production code cannot tell from the real one.

It imports nothing of the product and speaks HTTP only: a REST face for texts and numbers, signed webhooks,
a TwiML interpreter on a virtual clock, call scripts for QA, and a control API for a browser handset.
"""
