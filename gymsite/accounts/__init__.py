"""Log-in, sign-up and what one sees and changes of oneself."""
