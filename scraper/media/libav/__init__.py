"""All that opens a media file. It stands on ``core`` alone, so that a worker process starts with little else."""
