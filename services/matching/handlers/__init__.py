"""What matching can be asked to do. Each handler runs inside one unit of work."""
