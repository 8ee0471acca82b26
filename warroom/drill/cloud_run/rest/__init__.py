"""Cloud Run over HTTP and JSON: version 2, the same as over gRPC, and version 1, which gcloud speaks."""
