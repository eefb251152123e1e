"""The wire format: request and response models, problem documents, cursors, path parameters."""
