"""What all services need, with no business word in it except `contracts/`."""
