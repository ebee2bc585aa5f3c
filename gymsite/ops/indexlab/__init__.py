"""Every query that matters with its index and without, and a guard of its plan.

docs/indexlab.md
"""
