"""The console of those who act for partners."""
