"""The project: settings, addresses, the API's root, and the rooms that all apps
stand on."""
