"""What happens in a call, one verb a file."""
