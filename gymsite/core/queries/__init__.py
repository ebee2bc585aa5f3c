"""What is read of people, branches and sessions."""
