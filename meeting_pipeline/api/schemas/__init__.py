"""What goes over the wire: request and response models, problem documents, cursors, addresses."""
