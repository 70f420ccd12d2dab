"""What has changed, for each part that follows it: written with the change, removed by the part that followed it."""
