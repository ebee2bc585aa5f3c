"""What changes plans and memberships."""
