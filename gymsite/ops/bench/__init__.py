"""Measures pages, endpoints, jobs against a floor of the same run.

docs/performance.md
"""
