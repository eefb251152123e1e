"""Installation and deployment: the wheel, the container file, the systemd unit, and the tools that developers run."""
