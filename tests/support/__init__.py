"""What several test packages build on: mentions by a few words, and the pipeline run by hand."""
