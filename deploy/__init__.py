"""How Tandem is run: on one machine (`local`), in containers, on a cluster."""
