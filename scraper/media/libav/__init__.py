"""All code that opens media files. It imports little, so that a worker process starts quickly."""
