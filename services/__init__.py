"""The services of Tandem: each a process of its own that speaks to the others in events."""
