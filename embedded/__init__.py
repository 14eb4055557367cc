"""The whole service on one machine: web, worker and phone simulator as one process tree."""
