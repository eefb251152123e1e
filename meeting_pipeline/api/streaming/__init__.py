"""Server-Sent Events and the connections that carry them."""
