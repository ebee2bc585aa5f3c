"""Every invariant, asked by a command and on a page (docs/reconcile.md)."""
