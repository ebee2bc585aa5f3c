"""Tools for who runs the site: seed, audit, reconcile, bench, loadtest, prove,
indexlab, worker."""
