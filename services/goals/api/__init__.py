"""Goals over HTTP: requests to commands, queries to read models."""

from services.goals.api import charters, feedback, goals, health

ROUTERS = (charters.router, goals.router, feedback.router, health.router)
