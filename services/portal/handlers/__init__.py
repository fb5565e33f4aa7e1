"""What the portal can be asked to do."""
