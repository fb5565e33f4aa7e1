"""Who works here, who may do what, and who is signed in. No I/O."""
