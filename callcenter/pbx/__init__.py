"""What Asterisk says and takes: AMI, CEL files, the facts that both report, and the AMI actions."""
