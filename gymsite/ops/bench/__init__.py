"""Measures pages, endpoints and jobs as ratios to a floor of the same run
(docs/performance.md)."""
