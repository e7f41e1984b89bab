"""The only door to Azure. Everything leaves it as our own types and errors."""
