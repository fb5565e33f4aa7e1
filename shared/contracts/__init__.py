"""The events services publish, a module per producer: the contract others may rely on."""
