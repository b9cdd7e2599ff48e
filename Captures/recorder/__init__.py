"""Builds a LAN of network namespaces, plays scenarios on it and records them."""
