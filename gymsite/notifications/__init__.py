"""What people are told: events handed out, notices, and their mail."""
