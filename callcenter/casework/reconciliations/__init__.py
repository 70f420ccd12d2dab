"""The register and the national platform side by side: what is in both, only here, only there, and what differs."""
