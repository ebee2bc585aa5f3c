"""Who and where: people, branches, events, and what every app counts on."""
