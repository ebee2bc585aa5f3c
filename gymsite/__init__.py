"""The project: settings, addresses, the API's root, and the rooms below all apps."""
