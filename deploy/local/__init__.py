"""All of Tandem on one machine from pip alone: `tandem up`, `tandem status`, `tandem down`."""
