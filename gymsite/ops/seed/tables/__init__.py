"""The rows of each table, or of tables that go together."""
