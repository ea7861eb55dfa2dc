"""The forgery lab: fakes made here, of pictures whose licence allows it, to learn from.

`candor forge` is its door. Each module but `lab`, `ledger`, `fitting`, `kinds` and `command` makes
one kind. Nothing here serves, and nothing here is meant to fool people: faces are small and coarse.
"""
