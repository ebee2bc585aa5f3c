"""Tools for who runs the site: they seed, audit, reconcile, measure, prove, work."""
