"""All that opens a media file. It imports little, so that a worker process starts at once."""
