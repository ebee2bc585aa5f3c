"""Every invariant asked of the whole database: by a command, and on a page of the admin
(docs/reconcile.md)."""
