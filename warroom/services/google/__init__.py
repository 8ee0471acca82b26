"""Google Cloud: Cloud Run and Cloud Monitoring over Google's own clients, on channels of ours."""
