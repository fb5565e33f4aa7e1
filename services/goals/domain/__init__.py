"""The rules of charters, goals and feedback, and nothing else."""
