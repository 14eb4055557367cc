"""What can be done, one verb a file: the list of these files is the list of features."""
