"""The provider's own pages, at /provider/; the public catalogue is in ``providers.public_views``."""
