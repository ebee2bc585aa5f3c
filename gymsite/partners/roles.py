"""What each role may do with partners (gymsite.backoffice.roles)."""

TABLE = {
    "partners.partner": ("view sponsor", "add change off on delegate", ""),
    "partners.delegate": ("view", "remove", ""),
    "partners.sponsorship": ("view end", "", ""),
    "partners.apikey": ("", "view end", ""),
}
